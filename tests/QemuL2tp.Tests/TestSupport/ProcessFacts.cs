namespace QemuL2tp.Tests.TestSupport;

/// <summary>What this process holds, from /proc.</summary>
internal static class ProcessFacts
{
    /// <summary>Open descriptors, after those that earlier tests left to the garbage collector are closed.</summary>
    public static int OpenDescriptors
    {
        get
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Directory.GetFileSystemEntries("/proc/self/fd").Length;
        }
    }

    public static int Threads => Directory.GetFileSystemEntries("/proc/self/task").Length;
}
