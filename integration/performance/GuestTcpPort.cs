using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>One way to the peer.</summary>
/// <param name="Name">For the table.</param>
/// <param name="BackEnd">The qemu-l2tp at this end; null: QEMU does it all.</param>
/// <param name="Server">Where iperf3 listens.</param>
internal sealed record GuestTcpPort(string Name, QemuL2tpBackEnd? BackEnd, string Server)
{
    /// <summary>Whether the host's network stack has the guest's place.</summary>
    public bool IsHost { get; init; }

    /// <param name="guest">The guest.</param>
    /// <param name="options">More of iperf3's.</param>
    /// <param name="seconds">How long.</param>
    public GuestTcpSample Measure(Vm guest, string options, int seconds)
    {
        var start = ProcessorTimes.Now(guest, BackEnd);
        Iperf run = IsHost ? Iperf.RunOnHost(Server, seconds, options) : Iperf.Run(guest, Server, seconds, options);
        ProcessorTimes used = ProcessorTimes.Now(guest, BackEnd) - start;
        double gigabytes = run.Bytes / 1e9;
        return new GuestTcpSample(run.Megabits, IsHost ? 0 : used.Qemu.TotalSeconds / gigabytes, used.Ours.TotalSeconds / gigabytes);
    }
}
