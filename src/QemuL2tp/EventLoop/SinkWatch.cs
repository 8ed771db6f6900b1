namespace QemuL2tp.EventLoop;

/// <summary>Whether a sink may take frames; while it is full its descriptor is watched, and only then.</summary>
internal sealed class SinkWatch : IEventHandler
{
    private IEventLoop? _loop;
    private int _descriptor = -1;
    private bool _isWatched;

    /// <summary>Cleared when the sink was full.</summary>
    public ReadyFlag Writable { get; } = new(isSet: true);

    /// <summary>The loop of the sink; null before it is opened.</summary>
    public IEventLoop? Loop => _loop;

    /// <param name="loop">The loop of the sink.</param>
    /// <param name="descriptor">Nobody else watches it: a socket whose source is watched too has a duplicate for this.</param>
    public void Open(IEventLoop loop, int descriptor)
    {
        _loop = loop;
        _descriptor = descriptor;
        Writable.Set();
    }

    /// <summary>The descriptor is about to be closed; what waits for room is to find out what became of the sink.</summary>
    public void Close()
    {
        WaitForRoom(false);
        _descriptor = -1;
        Writable.Set();
    }

    public void WaitForRoom(bool isWaiting)
    {
        if (isWaiting == _isWatched || _descriptor < 0)
            return;
        _isWatched = isWaiting;
        if (isWaiting)
            _loop!.Add(_descriptor, Readiness.Writable, this);
        else
            _loop!.Remove(_descriptor);
    }

    /// <summary>Also when the other end is gone: the sink finds out.</summary>
    public void OnReady(Readiness readiness) => Writable.Set();
}
