namespace QemuL2tp.EventLoop;

/// <summary>While it lives, the thread of a loop rests; see <see cref="IEventLoop.Pause"/>.</summary>
internal readonly ref struct LoopPause
{
    private readonly IEventLoop? _loop;

    /// <param name="loop">Null: there is nothing to pause yet.</param>
    public LoopPause(IEventLoop? loop)
    {
        _loop = loop;
        loop?.Pause();
    }

    public void Dispose() => _loop?.Resume();
}
