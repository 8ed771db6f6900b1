namespace QemuL2tp.EventLoop;

/// <summary>What a descriptor is ready for. The values are those of <c>EPOLL*</c>.</summary>
[Flags]
internal enum Readiness : uint
{
    None = 0,
    Readable = 0x1,
    Writable = 0x4,
    Error = 0x8,
    HangUp = 0x10,
    PeerClosed = 0x2000,
}

/// <summary>Waits for descriptors and timers on behalf of the ports that one worker serves. Used on the worker's thread only.</summary>
internal interface IEventLoop
{
    /// <summary>Starts watching. <see cref="Readiness.Error"/> and <see cref="Readiness.HangUp"/> are always reported.</summary>
    void Add(int descriptor, Readiness interest, IEventHandler handler);

    /// <summary>Changes what a watched descriptor is watched for.</summary>
    void Change(int descriptor, Readiness interest);

    /// <summary>Stops watching; must come before the descriptor is closed.</summary>
    void Remove(int descriptor);

    /// <summary>Calls <see cref="IEventHandler.OnTimer"/> once, after so many milliseconds. A second call replaces the first.</summary>
    void SetTimer(IEventHandler handler, int milliseconds);

    /// <summary>Takes the handler's timer back, if it has one.</summary>
    void ClearTimer(IEventHandler handler);

    /// <summary>
    /// Keeps the thread of this loop from its next turn until <see cref="Resume"/>, so that the caller may change what it uses;
    /// waits for the end of its present turn. Nothing when the caller is that thread. Where two loops serve a link, only the one of guest to
    /// tunnel pauses the other, never the other way round; and whoever adds or removes links pauses both, that one first.
    /// </summary>
    void Pause()
    {
        // A loop without a thread of its own.
    }

    /// <summary>Undoes one <see cref="Pause"/>.</summary>
    void Resume()
    {
    }
}

/// <summary>Told by an <see cref="IEventLoop"/>.</summary>
internal interface IEventHandler
{
    void OnReady(Readiness readiness);

    void OnTimer()
    {
    }
}
