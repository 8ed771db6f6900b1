using System.Runtime.InteropServices;
using QemuL2tp.Linux;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>What this process holds, from /proc.</summary>
internal static partial class ProcessFacts
{
    /// <summary>Open descriptors of a file. Of others the runtime opens some when it likes.</summary>
    public static int DescriptorsOf(string path) => Directory.GetFileSystemEntries("/proc/self/fd").Count(entry => new FileInfo(entry).LinkTarget == path);

    /// <summary>Processor time that the calling thread has had, which other processes take nothing from.</summary>
    public static unsafe TimeSpan ThreadProcessorTime
    {
        get
        {
            long* time = stackalloc long[2]; // struct timespec
            Assert.That(clock_gettime(3, time), Is.Zero); // CLOCK_THREAD_CPUTIME_ID
            return TimeSpan.FromSeconds(time[0]) + TimeSpan.FromMicroseconds(time[1] / 1000.0);
        }
    }

    /// <summary>
    /// What keeps the threads of a name from being asleep: in epoll without a limit of time, and nothing that they wait for is ready. No
    /// count of wake-ups, which others cause too.
    /// </summary>
    /// <returns>One entry for each that is not asleep; none when all are.</returns>
    public static string[] Awake(string name)
    {
        string[] tasks = [.. Directory.GetDirectories("/proc/self/task").Where(task => NameOf(task)?.StartsWith(name, StringComparison.Ordinal) == true)];
        Assert.That(tasks, Is.Not.Empty, "no such thread");
        return [.. tasks.Select(WhatWakes).OfType<string>()];
    }

    private static unsafe string? WhatWakes(string task)
    {
        // Number of the call, then its arguments: epoll_wait(set, events, most, milliseconds).
        string text = File.ReadAllText(Path.Combine(task, "syscall")).Trim();
        string[] call = text.Split(' ');
        if (call.Length < 5 || (int)Convert.ToUInt64(call[4], 16) != -1)
            return $"{NameOf(task)}: {text}";
        pollfd set = new() { fd = (int)Convert.ToUInt64(call[1], 16), events = LibC.POLLIN };
        string? target = new FileInfo($"/proc/self/fd/{set.fd}").LinkTarget;
        return target == "anon_inode:[eventpoll]" && Glibc.poll(&set, 1, 0) == 0 ? null : $"{NameOf(task)}: {text}, {target} is ready";
    }

    /// <summary>Sockets, eventfds and epoll descriptors. Files are not among them: the runtime opens one for each assembly, when it likes.</summary>
    public static int OpenSockets =>
        Directory.GetFileSystemEntries("/proc/self/fd").Count(entry => new FileInfo(entry).LinkTarget is { } target
            && (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("anon_inode:", StringComparison.Ordinal)));

    /// <summary>Fails unless there come to be as few as there were; the runtime may have opened one of its own.</summary>
    public static void AssertNoMoreSockets(int before) =>
        Until.True(() => OpenSockets <= before + 1, () => $"{before} sockets, now {OpenSockets}");

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

    [LibraryImport("libc")]
    private static unsafe partial int clock_gettime(int clock, long* time);
}
