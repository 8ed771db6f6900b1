using System.Diagnostics;

namespace QemuL2tp.Integration.Peers;

/// <summary>Waiting for a condition, never for a time.</summary>
internal static class Until
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(0.6);

    /// <summary>Answers how long it took; throws when it takes too long.</summary>
    public static TimeSpan True(Func<bool> condition, TimeSpan patience, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > patience)
            {
                throw new TimeoutException($"after {patience.TotalSeconds:0} s still not: {what}");
            }

            Thread.Sleep(10);
        }

        return watch.Elapsed;
    }

    /// <summary>Answers a count as soon as it is what is hoped for, or has not changed for a while.</summary>
    public static long Settled(Func<long> count, long hope)
    {
        long last = -1;
        var quiet = Stopwatch.StartNew();
        while (count() is var now && now < hope && quiet.Elapsed < s_quiet)
        {
            if (now != last)
            {
                quiet.Restart();
                last = now;
            }

            Thread.Sleep(10);
        }

        return count();
    }
}
