using System.Globalization;
using QemuL2tp.Integration.Peers;
using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>TCP from the Linux peer to the guest while packets overtake each other on the way, with and without a window.</summary>
[TestFixture]
public sealed class ReorderedTcp
{
    private const int Rounds = 2;
    private const int Seconds = 2;
    private static readonly Impairment s_delay = new() { Delay = TimeSpan.FromMilliseconds(10) };
    private static readonly Impairment s_reordering = new()
    {
        Reordering = 0.2,
        MaximumShift = 16,
        ShiftTime = TimeSpan.FromMilliseconds(5),
        Delay = s_delay.Delay,
    };

    private readonly List<UdpRelay> _relays = [];

    [OneTimeSetUp]
    public void Put_a_relay_in_the_path()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.ReorderedPlain);
        // Each connection finds out by itself how far packets are moved.
        Lab.Peer.Run("echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save");
        foreach (Wire wire in Wires.Reordered)
        {
            UdpRelay relay = RelayedWire.Open(wire, seed: wire.Number);
            _relays.Add(relay);
            Iperf.Serve(Lab.Peer, wire.PeerAddress);
            Assert.That(Ping.From(Lab.Guest, wire.PeerAddress), Is.EqualTo((3, 3)));
            relay.Impair(toFar: s_delay, toNear: s_reordering);
        }
    }

    [OneTimeTearDown]
    public void Remove_it() => _relays.ForEach(relay => relay.Dispose());

    [Test]
    public void Passes_and_a_window_puts_packets_in_order()
    {
        var plain = new List<Iperf>();
        var window = new List<Iperf>();
        for (int round = 0; round < Rounds; round++)
        {
            plain.Add(Measure(Wires.ReorderedPlain));
            window.Add(Measure(Wires.ReorderedWindow));
        }

        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Mbit/s without: {Text(plain)}; with: {Text(window)}; ratio of the means {Mean(window) / Mean(plain):0.00}"));
        Assert.That(_relays.Min(relay => relay.LogToNear.Moved.Count), Is.Positive);
        // What TCP makes of it in some seconds depends on the machine too.
        Assert.That(Statistics.Of(Lab.BackEndOf("reordered"), Wires.ReorderedWindow.BehindRelay).Received("reordered"), Is.Positive, "put in order");
    }

    private static Iperf Measure(Wire wire) => Iperf.Run(Lab.Guest, wire.PeerAddress, Seconds, "--reverse");

    private static double Mean(IEnumerable<Iperf> figures) => figures.Average(one => one.Megabits);

    private static string Text(IEnumerable<Iperf> figures) =>
        string.Join(", ", figures.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Megabits:0.0} ({one.Again} segments sent again)")));
}
