using System.Diagnostics;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>
/// Waiting for a thing to be so, never for a time. Only a test that fails waits to the end; so the end is far away, and no busy
/// machine decides.
/// </summary>
internal static class Until
{
    /// <summary>The least that anybody waits, in milliseconds.</summary>
    public const int PatienceMilliseconds = 60_000;

    /// <inheritdoc cref="PatienceMilliseconds"/>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(PatienceMilliseconds);

    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(2);

    /// <inheritdoc cref="True(Func{bool}, Func{string})"/>
    public static TimeSpan True(Func<bool> condition, string what) => True(condition, () => what);

    /// <summary>Waits until the condition holds.</summary>
    /// <param name="condition">Asked again every few milliseconds.</param>
    /// <param name="what">For the message when it never comes; asked then.</param>
    /// <returns>How long it took, to be printed.</returns>
    public static TimeSpan True(Func<bool> condition, Func<string> what) => True(condition, Patience, what);

    /// <inheritdoc cref="True(Func{bool}, Func{string})"/>
    /// <param name="condition">Asked again every few milliseconds.</param>
    /// <param name="patience">For what takes longer than <see cref="Patience"/>, which is the least.</param>
    /// <param name="what">For the message when it never comes.</param>
    public static TimeSpan True(Func<bool> condition, TimeSpan patience, string what) => True(condition, patience, () => what);

    /// <inheritdoc cref="True(Func{bool}, TimeSpan, string)"/>
    public static TimeSpan True(Func<bool> condition, TimeSpan patience, Func<string> what)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan end = patience > Patience ? patience : Patience;
        while (!condition())
        {
            if (watch.Elapsed > end)
                throw new TimeoutException($"after {end.TotalSeconds:0} s still not: {what()}");
            Thread.Sleep(2);
        }

        return watch.Elapsed;
    }

    /// <summary>Waits until a count is what is hoped for; when it never is, the last one is for the caller to compare.</summary>
    public static long Reached(Func<long> count, long hope)
    {
        var watch = Stopwatch.StartNew();
        while (count() < hope && watch.Elapsed < Patience)
            Thread.Sleep(5);
        return count();
    }

    /// <summary>
    /// Answers a count that has not changed for a while. Where it comes too early, it must not fail a test; what must have come is waited
    /// for by <see cref="Reached"/>.
    /// </summary>
    public static long Settled(Func<long> count)
    {
        long last = count();
        for (var quiet = Stopwatch.StartNew(); quiet.Elapsed < s_quiet; Thread.Sleep(10))
        {
            if (count() is var now && now != last)
            {
                quiet.Restart();
                last = now;
            }
        }

        return last;
    }
}
