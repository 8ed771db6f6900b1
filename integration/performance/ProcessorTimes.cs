using System.Diagnostics;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>What the processes behind a port of the guest have used up, user and system, all threads.</summary>
/// <param name="Qemu">Of the guest's QEMU.</param>
/// <param name="Ours">Of the qemu-l2tp beside it; zero where there is none.</param>
internal readonly record struct ProcessorTimes(TimeSpan Qemu, TimeSpan Ours)
{
    public static ProcessorTimes operator -(ProcessorTimes later, ProcessorTimes earlier) => new(later.Qemu - earlier.Qemu, later.Ours - earlier.Ours);

    public static ProcessorTimes Now(Vm guest, QemuL2tpBackEnd? backEnd) =>
        new(Of(guest.ProcessId), backEnd is null ? TimeSpan.Zero : Of(backEnd.Process.Id));

    private static TimeSpan Of(int process)
    {
        using var it = Process.GetProcessById(process);
        return it.TotalProcessorTime;
    }
}
