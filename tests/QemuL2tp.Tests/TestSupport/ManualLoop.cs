using QemuL2tp.EventLoop;
using QemuL2tp.Linux;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>An event loop that turns when the test says so, on the test's thread; timers go off by hand too.</summary>
internal sealed unsafe class ManualLoop : IEventLoop
{
    private readonly Dictionary<int, (Readiness Interest, IEventHandler Handler)> _watched = [];

    public IReadOnlyCollection<int> Watched => _watched.Keys;

    public HashSet<IEventHandler> Timers { get; } = [];

    public void Add(int descriptor, Readiness interest, IEventHandler handler) => _watched.Add(descriptor, (interest, handler));

    public void Change(int descriptor, Readiness interest) => _watched[descriptor] = (interest, _watched[descriptor].Handler);

    /// <summary>Called before each <see cref="Remove"/>.</summary>
    public Action? Removing { get; set; }

    public void Remove(int descriptor)
    {
        Removing?.Invoke();
        Assert.That(_watched.Remove(descriptor), Is.True, $"descriptor {descriptor} was not watched");
    }

    public void SetTimer(IEventHandler handler, int milliseconds) => Timers.Add(handler);

    public void ClearTimer(IEventHandler handler) => Timers.Remove(handler);

    /// <summary>Tells the handlers of everything that is ready now.</summary>
    /// <returns>Whether anything was.</returns>
    public bool TurnOnce()
    {
        bool wasAny = false;
        foreach ((int descriptor, (Readiness interest, IEventHandler handler)) in _watched.ToArray())
        {
            pollfd query = new() { fd = descriptor, events = (short)interest };
            // A handler before this one may have removed it.
            if (!_watched.ContainsKey(descriptor) || Glibc.poll(&query, 1, 0) <= 0)
                continue;
            wasAny = true;
            handler.OnReady((Readiness)(ushort)query.revents);
        }

        return wasAny;
    }

    /// <summary>Lets all timers expire.</summary>
    public void FireTimers()
    {
        foreach (IEventHandler handler in Timers.ToArray())
        {
            Timers.Remove(handler);
            handler.OnTimer();
        }
    }

    /// <summary>Turns until nothing is ready.</summary>
    public void Turn()
    {
        for (int i = 0; TurnOnce(); i++)
            Assert.That(i, Is.LessThan(100_000), "something stays ready and nobody deals with it");
    }
}
