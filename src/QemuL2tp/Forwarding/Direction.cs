using QemuL2tp.EventLoop;
using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>One direction of a link: its pump, and what that waits for. Served by one worker.</summary>
internal sealed class Direction : Runnable, IEventHandler, IDisposable
{
    private readonly IFramePort _from;
    private readonly IFramePort _to;
    private readonly FrameBatch _batch;
    private readonly Pump _pump;
    private readonly DropReporter? _reporter;
    private readonly PollWindow _polling;
    private IEventLoop? _loop;
    private ReadyList? _ready;
    private long _timerSetFor = long.MaxValue;

    /// <param name="from">Whose source it reads.</param>
    /// <param name="to">Whose sink it fills.</param>
    /// <param name="stages">What happens to the frames in between, in this order.</param>
    /// <param name="reporter">Told after each turn.</param>
    /// <param name="pollMicroseconds">How long after the last frame there is more to do, though nothing is there.</param>
    public Direction(IFramePort from, IFramePort to, IEnumerable<IFrameStage> stages, DropReporter? reporter, int pollMicroseconds)
    {
        _polling = new PollWindow(pollMicroseconds);
        _from = from;
        _to = to;
        _reporter = reporter;
        var list = new StageList(stages);
        _batch = new FrameBatch(Counters, FrameBatch.MaxCapacity, list.Reserve(FrameBatch.RoomOf(FrameBatch.MaxCapacity)));
        _pump = new Pump(from.Source, list, to.Sink, _batch);
        from.Readable.Wakes(Wake);
        to.Writable.Wakes(Wake);
    }

    public DirectionCounters Counters { get; } = new();

    /// <inheritdoc cref="Pump.IsLinkUp"/>
    public bool IsLinkUp
    {
        get => _pump.IsLinkUp;
        set => _pump.IsLinkUp = value;
    }

    /// <param name="worker">Serves it.</param>
    public void Attach(Worker worker)
    {
        _loop = worker;
        _ready = worker.Ready;
        _reporter?.Attach(worker, Counters);
    }

    /// <summary>Moves at most one batch. A sink that is full stops the source of this direction and nothing else.</summary>
    /// <returns>True when there is more to do at once.</returns>
    public override bool RunTurn()
    {
        long before = Counters.FramesIn;
        bool hasMore = Run();
        if (Counters.FramesIn != before)
            _polling.Open();
        _from.WaitForFrames(!_pump.IsHolding);
        _to.WaitForRoom(_pump.IsHolding);
        SetTimer();
        _reporter?.Report();
        return hasMore || _polling.IsOpen;
    }

    void IEventHandler.OnReady(Readiness readiness)
    {
        // A direction itself watches no descriptor.
    }

    void IEventHandler.OnTimer()
    {
        _timerSetFor = long.MaxValue;
        Wake();
    }

    public void Dispose()
    {
        _from.Readable.Wakes(null);
        _to.Writable.Wakes(null);
        _ready?.Remove(this);
        _loop?.ClearTimer(this);
        _reporter?.Detach();
        _batch.Dispose();
    }

    /// <summary>It may have something to do.</summary>
    private void Wake() => _ready?.Add(this);

    private bool Run()
    {
        bool canRun = _pump.IsHolding ? _to.Writable.IsSet : _from.Readable.IsSet || _pump.Due <= Environment.TickCount64;
        if (!canRun)
            return false;
        switch (_pump.RunOnce())
        {
            case PumpState.SourceEmpty:
                _from.Readable.Clear();
                return false;
            case PumpState.SinkFull:
                _to.Writable.Clear();
                return false;
            default:
                // Run for a stage, it may have found frames, whose source is not asleep any more and wakes nobody.
                if (!_from.Readable.IsSet)
                    _from.Readable.Set();
                return true;
        }
    }

    /// <summary>Asks to be woken when a stage wants to run again. A pump that holds frames waits for its sink and for nothing else.</summary>
    private void SetTimer()
    {
        long due = _pump.IsHolding ? long.MaxValue : _pump.Due;
        if (due == _timerSetFor)
            return;
        _timerSetFor = due;
        if (due == long.MaxValue)
            _loop!.ClearTimer(this);
        else
            _loop!.SetTimer(this, (int)Math.Max(0, due - Environment.TickCount64));
    }
}
