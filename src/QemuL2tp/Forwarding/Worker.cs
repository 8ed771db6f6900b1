using QemuL2tp.Frames;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Forwarding;

/// <summary>
/// One thread that runs links to completion: wait for readiness, give every link a bounded number of batches, wait again
/// when none has work left.
/// </summary>
public sealed unsafe class Worker : IEventLoop, IEventHandler, IDisposable
{
    /// <summary>Batches of each direction between two looks at what became ready: few enough that nobody waits long.</summary>
    private const int MaxPasses = 4;

    private readonly EpollSet _set = new();
    private readonly TimerList _timers = new();
    private readonly List<PseudowireLink> _links = [];
    private readonly int _wake;
    private Thread? _thread;
    private volatile bool _isStopping;

    public Worker()
    {
        _wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (_wake < 0)
            throw new InvalidOperationException($"eventfd failed, errno = {errno}");
        _set.Add(_wake, Readiness.Readable, this);
    }

    /// <summary>Adds a link and opens its ports; before <see cref="Start"/>.</summary>
    public void Add(PseudowireLink link)
    {
        _links.Add(link);
        link.Attach(this);
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
        ulong one = 1;
        _ = write(_wake, &one, sizeof(ulong));
        _thread?.Join();
    }

    /// <summary>One turn: waits at most so long (-1: without end), then lets every link run. Public for tests and benchmarks.</summary>
    /// <returns>True when a link has work left, so that the next turn must not wait.</returns>
    public bool RunTurn(int timeoutMilliseconds)
    {
        _set.Wait(timeoutMilliseconds);
        _timers.Run();
        bool hasMore = true;
        for (int pass = 0; hasMore && pass < MaxPasses; pass++)
        {
            hasMore = false;
            foreach (PseudowireLink link in _links)
                hasMore |= link.RunTurn();
        }

        return hasMore;
    }

    void IEventLoop.Add(int descriptor, Readiness interest, IEventHandler handler) => _set.Add(descriptor, interest, handler);

    void IEventLoop.Change(int descriptor, Readiness interest) => _set.Change(descriptor, interest);

    void IEventLoop.Remove(int descriptor) => _set.Remove(descriptor);

    void IEventLoop.SetTimer(IEventHandler handler, int milliseconds) => _timers.Set(handler, milliseconds);

    void IEventLoop.ClearTimer(IEventHandler handler) => _timers.Clear(handler);

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
    }

    private void Run()
    {
        bool hasMore = false;
        while (!_isStopping)
            hasMore = RunTurn(hasMore ? 0 : _timers.UntilNext());
    }
}
