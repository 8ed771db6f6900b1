using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.EventLoop;

/// <summary>
/// One thread that runs the directions of links to completion: wait for readiness, give each direction that has something to do a
/// bounded number of turns, wait again when none has. Those that have nothing to do cost nothing.
/// </summary>
internal sealed unsafe class Worker : IEventLoop, IEventHandler, IDisposable
{
    /// <summary>Turns of each direction between two looks at what became ready: few enough that nobody waits long.</summary>
    private const int MaxPasses = 4;

    private readonly EpollSet _set = new();
    private readonly TimerList _timers;
    private readonly List<IServed> _links = [];
    private readonly ReadyList _ready = new();
    private readonly SemaphoreSlim _paused = new(0);
    private readonly SemaphoreSlim _resumed = new(0);
    private readonly int _wake;
    private Thread? _thread;
    private int _pauses;
    private volatile bool _isPauseWanted;
    private volatile bool _isStopping;

    /// <param name="now">The clock of its timers, in milliseconds; null: the system's.</param>
    /// <exception cref="UserErrorException">This process may not have more descriptors.</exception>
    public Worker(Func<long>? now = null)
    {
        _timers = new TimerList(now ?? (static () => Environment.TickCount64));
        _wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (_wake < 0)
        {
            int error = errno;
            _set.Dispose();
            throw EpollSet.NoDescriptor("eventfd", error);
        }

        _set.Add(_wake, Readiness.Readable, this);
    }

    /// <summary>No other thread than the caller's is at work here.</summary>
    private bool IsOwnThread => _thread is null || _thread == Thread.CurrentThread;

    /// <summary>Links that it serves.</summary>
    public int Load => _links.Count;

    /// <summary>
    /// Adds a link, which this worker owns, and opens its ports. A worker that runs is kept from its next turn for that moment;
    /// only one thread may do so at a time.
    /// </summary>
    /// <param name="link">A link of no other worker. When its ports cannot be opened it is disposed, and the worker is as before.</param>
    /// <param name="tunnelToGuest">
    /// Runs that direction in place of this worker, for all links of this worker. It is started before this one, stopped after it, and
    /// disposed after it.
    /// </param>
    public void Add(IServed link, Worker? tunnelToGuest = null)
    {
        using var pause = new LoopPause(this);
        using var otherPause = new LoopPause(tunnelToGuest);
        _links.Add(link);
        try
        {
            link.Attach(this, tunnelToGuest ?? this);
        }
        catch
        {
            TakeOut(link);
            throw;
        }
    }

    /// <summary>Takes a link out and disposes it.</summary>
    /// <param name="link">The link.</param>
    /// <param name="tunnelToGuest">The second worker that it was added with.</param>
    public void Remove(IServed link, Worker? tunnelToGuest = null)
    {
        using var pause = new LoopPause(this);
        using var otherPause = new LoopPause(tunnelToGuest);
        TakeOut(link);
    }

    /// <summary>Those that have something to do now.</summary>
    internal ReadyList Ready => _ready;

    public void Start(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Ends the thread after its present turn and waits for that.</summary>
    public void Stop()
    {
        _isStopping = true;
        Wake();
        _thread?.Join();
        _thread = null;
    }

    /// <summary>
    /// One turn: waits at most so long (-1: without end; not at all while a direction has something to do), then lets those run that
    /// have. Public for tests and benchmarks.
    /// </summary>
    /// <returns>True when one has work left, so that the next turn must not wait.</returns>
    public bool RunTurn(int timeoutMilliseconds)
    {
        _set.Wait(_ready.Count > 0 ? 0 : timeoutMilliseconds);
        _timers.Run();
        for (int pass = 0; pass < MaxPasses && _ready.Count > 0; pass++)
            RunPass();
        return _ready.Count > 0;
    }

    void IEventLoop.Add(int descriptor, Readiness interest, IEventHandler handler) => _set.Add(descriptor, interest, handler);

    void IEventLoop.Change(int descriptor, Readiness interest) => _set.Change(descriptor, interest);

    void IEventLoop.Remove(int descriptor) => _set.Remove(descriptor);

    void IEventLoop.SetTimer(IEventHandler handler, int milliseconds) => _timers.Set(handler, milliseconds);

    void IEventLoop.ClearTimer(IEventHandler handler) => _timers.Clear(handler);

    void IEventLoop.Pause()
    {
        if (IsOwnThread || _pauses++ > 0)
            return;
        _isPauseWanted = true;
        Wake();
        _paused.Wait();
    }

    void IEventLoop.Resume()
    {
        if (IsOwnThread || --_pauses > 0)
            return;
        _isPauseWanted = false;
        _resumed.Release();
    }

    void IEventHandler.OnReady(Readiness readiness)
    {
        ulong count;
        _ = read(_wake, &count, sizeof(ulong));
    }

    public void Dispose()
    {
        Stop();
        foreach (IServed link in _links)
            link.Dispose();
        _set.Dispose();
        _ = close(_wake);
        _paused.Dispose();
        _resumed.Dispose();
    }

    /// <summary>Each that is on the list now has one turn; those that one of them wakes come in the next pass.</summary>
    private void RunPass()
    {
        for (int left = _ready.Count; left > 0; left--)
        {
            Runnable first = _ready.TakeFirst();
            if (first.RunTurn())
                _ready.Add(first);
        }
    }

    private void TakeOut(IServed link)
    {
        _links.Remove(link);
        link.Dispose();
    }

    private void Run()
    {
        while (!_isStopping)
        {
            RunTurn(_timers.UntilNext());
            if (!_isPauseWanted)
                continue;
            _paused.Release();
            _resumed.Wait();
        }
    }

    private void Wake()
    {
        ulong one = 1;
        _ = write(_wake, &one, sizeof(ulong));
    }
}
