using System.Diagnostics;

namespace QemuL2tp.Integration.Peers;

/// <summary>Waiting for a condition, never for a time.</summary>
internal static class Until
{
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
}
