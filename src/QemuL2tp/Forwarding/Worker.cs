using QemuL2tp.Frames;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Forwarding;

/// <summary>
/// One thread that runs directions of links to completion: wait for readiness, give each a bounded number of batches, wait
/// again when none has work left.
/// </summary>
public sealed unsafe class Worker : IEventLoop, IEventHandler, IDisposable
{
    /// <summary>Batches of each direction between two looks at what became ready: few enough that nobody waits long.</summary>
    private const int MaxPasses = 4;

    private readonly EpollSet _set = new();
    private readonly TimerList _timers;
    private readonly List<PseudowireLink> _links = [];
    private readonly List<Direction> _directions = [];
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
    /// Runs that direction in place of this worker, and no other link. It is started before this one, stopped after it, and disposed
    /// after it; neither may run yet.
    /// </param>
    public void Add(PseudowireLink link, Worker? tunnelToGuest = null)
    {
        using var pause = new LoopPause(this);
        _links.Add(link);
        try
        {
            link.Attach(this, tunnelToGuest ?? this);
        }
        catch
        {
            tunnelToGuest?._directions.RemoveAll(link.Owns);
            TakeOut(link);
            throw;
        }
    }

    /// <summary>Takes a link out and disposes it. For links that were added without a second worker.</summary>
    public void Remove(PseudowireLink link)
    {
        using var pause = new LoopPause(this);
        TakeOut(link);
    }

    internal void Serve(Direction direction)
    {
        _directions.Add(direction);
        direction.Attach(this);
    }

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

    /// <summary>One turn: waits at most so long (-1: without end), then lets every direction run. Public for tests and benchmarks.</summary>
    /// <returns>True when one has work left, so that the next turn must not wait.</returns>
    public bool RunTurn(int timeoutMilliseconds)
    {
        _set.Wait(timeoutMilliseconds);
        _timers.Run();
        bool hasMore = true;
        for (int pass = 0; hasMore && pass < MaxPasses; pass++)
        {
            hasMore = false;
            foreach (Direction direction in _directions)
                hasMore |= direction.RunTurn();
        }

        return hasMore;
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
        foreach (PseudowireLink link in _links)
            link.Dispose();
        _set.Dispose();
        _ = close(_wake);
        _paused.Dispose();
        _resumed.Dispose();
    }

    private void TakeOut(PseudowireLink link)
    {
        _directions.RemoveAll(link.Owns);
        _links.Remove(link);
        link.Dispose();
    }

    private void Run()
    {
        bool hasMore = false;
        while (!_isStopping)
        {
            hasMore = RunTurn(hasMore ? 0 : _timers.UntilNext());
            if (!_isPauseWanted)
                continue;
            _paused.Release();
            _resumed.Wait();
            // What the pause was for may have given a direction something to do, without an event.
            hasMore = true;
        }
    }

    private void Wake()
    {
        ulong one = 1;
        _ = write(_wake, &one, sizeof(ulong));
    }
}
