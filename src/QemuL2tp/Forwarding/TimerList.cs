using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>The few timers of a worker: at most one for each handler.</summary>
/// <param name="now">Milliseconds of a clock that never goes back.</param>
internal sealed class TimerList(Func<long> now)
{
    private readonly List<(IEventHandler Handler, long Due)> _timers = [];

    public void Set(IEventHandler handler, int milliseconds)
    {
        Clear(handler);
        _timers.Add((handler, now() + milliseconds));
    }

    public void Clear(IEventHandler handler)
    {
        for (int i = _timers.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_timers[i].Handler, handler))
                _timers.RemoveAt(i);
        }
    }

    /// <summary>Milliseconds until the next timer is due, 0 if one is, -1 if there is none.</summary>
    public int UntilNext()
    {
        if (_timers.Count == 0)
            return -1;
        long next = long.MaxValue;
        foreach ((_, long due) in _timers)
            next = Math.Min(next, due);
        return (int)Math.Max(0, next - now());
    }

    /// <summary>Fires what is due. A handler may set its timer anew.</summary>
    public void Run()
    {
        long time = now();
        for (int i = _timers.Count - 1; i >= 0; i--)
        {
            // A handler may have shortened the list.
            if (i >= _timers.Count || _timers[i].Due > time)
                continue;
            IEventHandler handler = _timers[i].Handler;
            _timers.RemoveAt(i);
            handler.OnTimer();
        }
    }
}
