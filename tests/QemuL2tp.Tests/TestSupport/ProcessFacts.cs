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

    /// <summary>Sockets, eventfds and epoll descriptors. Files are not among them: the runtime opens one for each assembly, when it likes.</summary>
    public static int OpenSockets =>
        Directory.GetFileSystemEntries("/proc/self/fd").Count(entry => new FileInfo(entry).LinkTarget is { } target
            && (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("anon_inode:", StringComparison.Ordinal)));

    /// <summary>Threads of a name, 15 characters at most; the runtime and the test runner have others that come and go.</summary>
    public static int ThreadsNamed(string name) =>
        Directory.GetDirectories("/proc/self/task").Count(task => NameOf(task) == name);

    private static string? NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException) // The thread has ended meanwhile.
        {
            return null;
        }
    }
}
