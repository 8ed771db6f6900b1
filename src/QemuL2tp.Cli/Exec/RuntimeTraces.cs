using System.Globalization;
using System.Runtime.InteropServices;
using QemuL2tp.Linux;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>What the .NET runtime changes in its process and would leave to the program that the process becomes.</summary>
internal static unsafe class RuntimeTraces
{
    public static void Remove()
    {
        // The runtime ignores it, which exec keeps. What it was before is not known; QEMU ignores it too.
        _ = signal(SIGPIPE, SIG_DFL);
        LowerFileLimit();
        RemoveDiagnosticSockets();
    }

    /// <summary>
    /// The runtime raises the soft limit to the hard one, and what it was is not kept. It was the parent's, unless somebody changed it
    /// between; where the hard limits differ somebody has, and it stays raised.
    /// </summary>
    private static void LowerFileLimit()
    {
        rlimit own;
        if (getrlimit(RLIMIT_NOFILE, &own) != 0 || ParentsFileLimit() is not { } parent || parent.Hard != own.rlim_max)
            return;
        own.rlim_cur = Math.Min(parent.Soft, own.rlim_max);
        _ = setrlimit(RLIMIT_NOFILE, &own);
    }

    private static (ulong Soft, ulong Hard)? ParentsFileLimit()
    {
        try
        {
            // Max open files            1024                 1048576              files
            string line = File.ReadLines($"/proc/{getppid()}/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return (Parse(words[3]), Parse(words[4]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }

    private static ulong Parse(string limit) => limit == "unlimited" ? ulong.MaxValue : ulong.Parse(limit, CultureInfo.InvariantCulture);

    /// <summary>The runtime removes them at its end, which a process that becomes another does not see.</summary>
    private static void RemoveDiagnosticSockets()
    {
        try
        {
            // Their names have the process's id and its start time, the 22nd field, which is the 20th behind the name in parentheses.
            string status = File.ReadAllText("/proc/self/stat");
            string own = $"{Environment.ProcessId}-{status[(status.LastIndexOf(')') + 2)..].Split(' ')[19]}";
            foreach (string name in new[] { $"dotnet-diagnostic-{own}-socket", $"clr-debug-pipe-{own}-in", $"clr-debug-pipe-{own}-out" })
                File.Delete(Path.Combine(Path.GetTempPath(), name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing that QEMU needs.
        }
    }
}
