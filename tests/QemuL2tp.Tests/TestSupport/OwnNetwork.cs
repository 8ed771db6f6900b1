using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A network namespace that belongs to one thread and is gone with it.</summary>
internal static partial class OwnNetwork
{
    private const int OwnDirectories = 0x200; // CLONE_FS
    private const int NewMounts = 0x2_0000; // CLONE_NEWNS
    private const int MaxProcessors = 1024; // CPU_SETSIZE
    private const int NewNetwork = 0x4000_0000; // CLONE_NEWNET, <linux/sched.h>

    /// <summary>Runs in a namespace in which there is nothing but loopback. Ignored for users who may not have one.</summary>
    public static void Run(Action action)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("a network namespace needs CAP_SYS_ADMIN; run as root");
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Assert.That(unshare(NewNetwork), Is.Zero, $"unshare, errno = {Marshal.GetLastPInvokeError()}");
                Command("ip", "link set lo up");
                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    /// <summary>The same with an <c>/etc/hosts</c> of its own.</summary>
    public static void RunWithHosts(string hosts, Action action) => Run(() =>
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("hosts");
        File.WriteAllText(file, hosts);
        // A thread shares its root and working directory with the others, and may have no mounts of its own until it does not.
        Assert.That(unshare(OwnDirectories | NewMounts), Is.Zero, $"unshare, errno = {Marshal.GetLastPInvokeError()}");
        Command("mount", "--make-rprivate /");
        Command("mount", $"--bind {file} /etc/hosts");
        try
        {
            action();
        }
        finally
        {
            Command("umount", "/etc/hosts");
        }
    });

    /// <summary>
    /// Keeps the calling thread on one processor. What it sends over loopback comes in order then: each processor has a queue of its own for what it
    /// sends, also from a queueing discipline's timer, and a thread that moves to another one leaves packets behind.
    /// </summary>
    public static void StayOnOneProcessor()
    {
        Span<byte> processors = stackalloc byte[MaxProcessors / 8];
        processors.Clear();
        int one = Thread.GetCurrentProcessorId();
        processors[one / 8] = (byte)(1 << (one % 8));
        Assert.That(sched_setaffinity(0, (nuint)processors.Length, in processors[0]), Is.Zero, $"sched_setaffinity, errno = {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Runs a command in the namespace of the calling thread.</summary>
    public static void Command(string name, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{name} {arguments}: {error}");
    }

    [LibraryImport("libc.so.6", SetLastError = true)]
    private static partial int sched_setaffinity(int thread, nuint size, in byte processors);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);
}
