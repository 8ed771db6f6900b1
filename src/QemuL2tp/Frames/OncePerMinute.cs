namespace QemuL2tp.Frames;

/// <summary>Lets something be said at once and then at most once a minute, whichever thread says it.</summary>
internal sealed class OncePerMinute
{
    private const long IntervalMilliseconds = 60_000;

    private long _next = long.MinValue;

    /// <summary>True for the one who may say it now.</summary>
    public bool IsDue()
    {
        long now = Environment.TickCount64;
        long next = Volatile.Read(ref _next);
        return now >= next && Interlocked.CompareExchange(ref _next, now + IntervalMilliseconds, next) == next;
    }
}
