using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>One NIC of the guest, its back end, and the far end in the harness.</summary>
internal sealed class PortUnderMeasurement(string name, Wire wire, Vm guest, QemuL2tpBackEnd? backEnd) : IDisposable
{
    private readonly GeneratedFrames _far = new(wire);

    public string Name => name;

    /// <summary>The guest sends so many frames as fast as it can.</summary>
    public Sample FromGuest(int count)
    {
        var generator = new PacketGenerator(guest, wire, rate: 0);
        return Measure(
            () =>
            {
                (long sent, long rate) = generator.Send(count);
                return (sent, TimeSpan.FromSeconds((double)sent / rate));
            },
            () => _far.Count);
    }

    /// <summary>The harness sends frames for a while.</summary>
    public Sample ToGuest(int rate, TimeSpan duration) => Measure(() => (_far.Send(rate, duration), duration), Received);

    public void Dispose() => _far.Dispose();

    private Sample Measure(Func<(long Sent, TimeSpan Duration)> send, Func<long> arrived)
    {
        long before = arrived();
        var start = ProcessorTimes.Now(guest, backEnd);
        (long sent, TimeSpan duration) = send();
        // At once, for asking the guest costs QEMU time too.
        ProcessorTimes used = ProcessorTimes.Now(guest, backEnd) - start;
        long frames = Until.Settled(() => arrived() - before);
        double oursPerFrame = used.Ours.TotalMicroseconds / frames;
        return new Sample(frames / duration.TotalSeconds, (used.Qemu.TotalMicroseconds / frames) + oursPerFrame, oursPerFrame);
    }

    private long Received() => long.Parse(guest.Run($"cat /sys/class/net/{wire.Nic}/statistics/rx_packets"), CultureInfo.InvariantCulture);
}
