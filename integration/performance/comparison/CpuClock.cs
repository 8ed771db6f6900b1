using System.Runtime.InteropServices;

namespace QemuL2tp.Performance;

/// <summary>
/// The processor time of another process, user and system, all its threads, those that ended included, to the
/// nanosecond: the clock of clock_getcpuclockid. /proc/PID/stat counts the same in steps of 10 ms.
/// </summary>
internal static unsafe partial class CpuClock
{
    public static TimeSpan Of(int process)
    {
        long* time = stackalloc long[2];
        if (GetClockId(process, out int clock) != 0 || GetTime(clock, time) != 0)
        {
            throw new InvalidOperationException($"process {process} has no processor clock; it has ended");
        }

        return TimeSpan.FromSeconds(time[0]) + TimeSpan.FromMicroseconds(time[1] / 1e3);
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int GetClockId(int process, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);
}
