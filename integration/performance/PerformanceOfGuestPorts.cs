using System.Globalization;
using System.Text;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>
/// vhost-user, stream and QEMU's own l2tpv3 side by side: one guest with a NIC on each, measured in turn, several rounds.
/// Everything is emulated here, so the guest sets the limit, and the table says more about its QEMU than about qemu-l2tp;
/// the processor time of qemu-l2tp alone is its own.
/// </summary>
[TestFixture]
public sealed class PerformanceOfGuestPorts
{
    private const int Rounds = 5;
    private const int Burst = 60_000;
    private const int Pace = 20_000;
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(2);
    private readonly List<PortUnderMeasurement> _ports = [];
    private readonly List<QemuL2tpBackEnd> _backEnds = [];
    private Vm? _guest;

    [OneTimeSetUp]
    public void Boot()
    {
        (string Name, Wire Wire, QemuL2tpBackEnd? BackEnd)[] ports =
        [
            ("vhost-user", UdpFarEnd.WireOf(171), new("performance-vhost-user", UdpFarEnd.WireOf(171)) { VhostUser = true }),
            ("stream", UdpFarEnd.WireOf(172), new("performance-stream", UdpFarEnd.WireOf(172))),
            ("built-in", UdpFarEnd.WireOf(173), null),
        ];
        _backEnds.AddRange(ports.Select(port => port.BackEnd).OfType<QemuL2tpBackEnd>());
        _backEnds.ForEach(backEnd => backEnd.Start());
        _guest = GuestVm.Boot(
            "performance-guest",
            machine: 12,
            [.. ports.Select(port => new GuestNic(port.Wire, port.BackEnd?.NetdevOf(port.Wire) ?? ["-netdev", port.Wire.Netdev], ",rx_queue_size=1024"))]);
        _guest.Batch(ports.SelectMany(port => port.Wire.GuestCommands()));
        _ports.AddRange(ports.Select(port => new PortUnderMeasurement(port.Name, port.Wire, _guest, port.BackEnd)));
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _guest?.Dispose();
        _ports.ForEach(port => port.Dispose());
        _backEnds.ForEach(backEnd => backEnd.Dispose());
    }

    [Test]
    public void Frames_per_second_and_processor_time_per_frame()
    {
        (string Name, Func<PortUnderMeasurement, Sample> Measure)[] measurements =
        [
            ("guest → tunnel, as fast as the guest can", port => port.FromGuest(Burst)),
            ("tunnel → guest, as fast as it goes", port => port.ToGuest(rate: 0, s_duration)),
            (string.Create(CultureInfo.InvariantCulture, $"tunnel → guest, {Pace} frames/s"), port => port.ToGuest(Pace, s_duration)),
        ];
        var samples = measurements.SelectMany(measurement => _ports.Select(port => (measurement.Name, Port: port.Name))).ToDictionary(key => key, _ => new List<Sample>());
        for (int round = 0; round < Rounds; round++)
        {
            foreach ((string name, Func<PortUnderMeasurement, Sample> measure) in measurements)
            {
                foreach (PortUnderMeasurement port in _ports)
                {
                    samples[(name, port.Name)].Add(measure(port));
                }
            }
        }

        TestContext.Out.WriteLine(Table(samples));
    }

    private static string Table(Dictionary<(string Measurement, string Port), List<Sample>> samples)
    {
        var text = new StringBuilder();
        text.AppendLine("| Frames of 60 bytes | Guest port | frames/s | CPU per frame | of it qemu-l2tp | frames/s, × built-in | CPU, × built-in |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        foreach (((string measurement, string port), List<Sample> all) in samples)
        {
            Sample mean = Sample.Mean(all);
            Sample builtIn = Sample.Mean(samples[(measurement, "built-in")]);
            text.AppendLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {measurement} | {port} | {mean.PerSecond:0} | {mean.Microseconds:0.0} µs | {mean.MicrosecondsOfOurs:0.0} µs | {mean.PerSecond / builtIn.PerSecond:0.00} | {mean.Microseconds / builtIn.Microseconds:0.00} |"));
        }

        return text.ToString();
    }
}
