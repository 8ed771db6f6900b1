using System.Diagnostics;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Performance;

/// <summary>How long the program takes until QEMU can connect.</summary>
internal static class Startup
{
    private const int Runs = 11;

    /// <summary>Milliseconds from the start to the line on stdout that says ready, the median of some runs.</summary>
    public static double Median()
    {
        double[] taken = [.. Enumerable.Range(0, Runs).Select(_ => Once()).Order()];
        return taken[Runs / 2];
    }

    private static double Once()
    {
        var start = new ProcessStartInfo(Settings.Program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "-netdev", "l2tpv3,id=n,src=127.2.1.1,dst=127.2.1.2,udp=on,srcport=19999,dstport=19999,txsession=1,rxsession=1",
                "--frontend", $"stream,addr.type=unix,addr.path={Path.Combine(Settings.RunDirectory, "startup.sock")}",
            },
        };
        long begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        string? ready = process.StandardOutput.ReadLine();
        double taken = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        process.Kill();
        process.WaitForExit();
        return ready is null ? throw new InvalidOperationException($"it does not start: {process.StandardError.ReadToEnd()}") : taken;
    }
}
