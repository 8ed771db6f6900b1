using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>50 000 frames of 60 bytes per second through vhost-user, for some seconds, and every one of them arrives.</summary>
[TestFixture]
public sealed class VhostUserPaced
{
    private const int Rate = 50_000;
    private const int Seconds = 5;
    private static readonly Wire s_wire = UdpFarEnd.WireOf(170);
    private readonly QemuL2tpBackEnd _backEnd = new("vhost-paced", s_wire) { VhostUser = true };
    private GeneratedFrames? _far;
    private Vm? _guest;

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        _backEnd.Start();
        _far = new GeneratedFrames(s_wire);
        _guest = GuestVm.Boot("vhost-paced-guest", machine: 6, [new(s_wire, _backEnd.NetdevOf(s_wire), ",rx_queue_size=1024,tx_queue_size=1024")]);
        _guest.Batch(s_wire.GuestCommands());
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _guest?.Dispose();
        _far?.Dispose();
        _backEnd.Dispose();
    }

    [Test]
    public void None_is_lost_from_guest_to_tunnel()
    {
        var generator = new PacketGenerator(_guest!, s_wire, Rate);
        long before = _far!.Count;
        (long sent, long rate) = generator.Send(Rate * Seconds, seconds: 4 * Seconds);
        long arrived = Until.Settled(() => _far.Count - before, sent);
        Report(sent, arrived, rate);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(arrived, Is.EqualTo(sent));
            Assert.That(_far.Twice, Is.Zero);
            Assert.That(rate, Is.GreaterThan(0.9 * Rate), "the pace that was meant");
        }
    }

    [Test]
    public void None_is_lost_from_tunnel_to_guest()
    {
        long before = Received();
        long sent = _far!.Send(Rate, TimeSpan.FromSeconds(Seconds));
        long arrived = Until.Settled(() => Received() - before, sent);
        Report(sent, arrived, sent / Seconds);
        Assert.That(arrived, Is.EqualTo(sent), Statistics.Of(_backEnd, s_wire).Text);
    }

    private static void Report(long sent, long arrived, long rate) =>
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sent} sent at {rate}/s, {sent - arrived} lost"));

    private long Received() => long.Parse(_guest!.Run($"cat /sys/class/net/{s_wire.Nic}/statistics/rx_packets"), CultureInfo.InvariantCulture);
}
