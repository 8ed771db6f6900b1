
namespace QemuL2tp.EventLoop;

/// <summary>The timers of a worker, at most one for each handler: a heap with the earliest on top.</summary>
/// <param name="now">Milliseconds of a clock that never goes back.</param>
internal sealed class TimerList(Func<long> now)
{
    private readonly Dictionary<IEventHandler, int> _places = new(ReferenceEqualityComparer.Instance);
    private Timer[] _heap = new Timer[16];

    /// <summary>What is set while timers are fired is not due before this.</summary>
    private long _earliest = long.MinValue;

    private int Count => _places.Count;

    /// <summary>A second call for a handler replaces the first.</summary>
    public void Set(IEventHandler handler, int milliseconds)
    {
        long due = Math.Max(now() + milliseconds, _earliest);
        if (!_places.TryGetValue(handler, out int place))
        {
            place = Count;
            if (place == _heap.Length)
                Array.Resize(ref _heap, 2 * place);
            _places.Add(handler, place);
        }

        Settle(place, new Timer(handler, due));
    }

    public void Clear(IEventHandler handler)
    {
        if (!_places.Remove(handler, out int place))
            return;
        Timer last = _heap[Count];
        _heap[Count] = default;
        if (place != Count)
            Settle(place, last);
    }

    /// <summary>Milliseconds until the next timer is due, 0 if one is, -1 if there is none.</summary>
    public int UntilNext() => Count == 0 ? -1 : (int)Math.Max(0, _heap[0].Due - now());

    /// <summary>Fires what is due. A handler may set its timer anew, and clear others.</summary>
    public void Run()
    {
        if (Count == 0)
            return;
        long time = now();
        _earliest = time + 1;
        while (Count > 0 && _heap[0].Due <= time)
        {
            IEventHandler handler = _heap[0].Handler;
            Clear(handler);
            handler.OnTimer();
        }

        _earliest = long.MinValue;
    }

    /// <summary>Puts a timer where it belongs, beginning at a place that is free.</summary>
    private void Settle(int place, Timer timer)
    {
        for (int parent = (place - 1) / 2; place > 0 && timer.Due < _heap[parent].Due; parent = (place - 1) / 2)
        {
            Put(place, _heap[parent]);
            place = parent;
        }

        for (int child = (2 * place) + 1; child < Count; child = (2 * place) + 1)
        {
            if (child + 1 < Count && _heap[child + 1].Due < _heap[child].Due)
                child++;
            if (timer.Due <= _heap[child].Due)
                break;
            Put(place, _heap[child]);
            place = child;
        }

        Put(place, timer);
    }

    private void Put(int place, Timer timer)
    {
        _heap[place] = timer;
        _places[timer.Handler] = place;
    }

    private readonly record struct Timer(IEventHandler Handler, long Due);
}
