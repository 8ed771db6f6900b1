using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A network namespace that belongs to one thread and is gone with it.</summary>
internal static partial class OwnNetwork
{
    private const int OwnDirectories = 0x200; // CLONE_FS
    private const int NewMounts = 0x2_0000; // CLONE_NEWNS
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

    /// <summary>Runs a command in the namespace of the calling thread.</summary>
    public static void Command(string name, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{name} {arguments}: {error}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);
}
