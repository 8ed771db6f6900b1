using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>Joins one guest port with one tunnel port by two pumps, one for each direction.</summary>
public sealed class PseudowireLink : IEventHandler, IDisposable
{
    private readonly IFramePort _guest;
    private readonly IFramePort _tunnel;
    private readonly FrameBatch _guestToTunnelBatch;
    private readonly FrameBatch _tunnelToGuestBatch;
    private readonly Pump _guestToTunnel;
    private readonly Pump _tunnelToGuest;
    private readonly IFrameStage _encapsulator;
    private readonly IFrameStage _decapsulator;
    private readonly DropReporter? _reporter;
    private IEventLoop? _loop;
    private long _timerSetFor = long.MaxValue;

    /// <param name="guest">QEMU's side; owned by the link.</param>
    /// <param name="tunnel">The network's side; owned by the link.</param>
    /// <param name="encapsulator">Applied to batches from the guest; owned by the link if it can be disposed.</param>
    /// <param name="decapsulator">Applied to batches from the tunnel; owned by the link if it can be disposed.</param>
    /// <param name="reporter">Told after each turn, to say in the log what was dropped.</param>
    public PseudowireLink(IFramePort guest, IFramePort tunnel, IFrameStage encapsulator, IFrameStage decapsulator, DropReporter? reporter = null)
    {
        _guest = guest;
        _tunnel = tunnel;
        _encapsulator = encapsulator;
        _decapsulator = decapsulator;
        _reporter = reporter;
        _guestToTunnelBatch = new FrameBatch(GuestToTunnel, FrameBatch.MaxCapacity);
        _tunnelToGuestBatch = new FrameBatch(TunnelToGuest, FrameBatch.MaxCapacity);
        _guestToTunnel = new Pump(guest.Source, encapsulator, tunnel.Sink, _guestToTunnelBatch);
        _tunnelToGuest = new Pump(tunnel.Source, decapsulator, guest.Sink, _tunnelToGuestBatch);
    }

    public DirectionCounters GuestToTunnel { get; } = new();

    public DirectionCounters TunnelToGuest { get; } = new();

    internal void Attach(IEventLoop loop)
    {
        _loop = loop;
        _guest.Attach(loop);
        _tunnel.Attach(loop);
    }

    /// <summary>Runs each direction at most once. A direction whose sink is full stops its own source and nothing else.</summary>
    /// <returns>True when there is more to do at once.</returns>
    internal bool RunTurn()
    {
        bool hasMore = Run(_guestToTunnel, _guest, _tunnel) | Run(_tunnelToGuest, _tunnel, _guest);
        _guest.WaitFor(readable: !_guestToTunnel.IsHolding, writable: _tunnelToGuest.IsHolding);
        _tunnel.WaitFor(readable: !_tunnelToGuest.IsHolding, writable: _guestToTunnel.IsHolding);
        SetTimer();
        _reporter?.Report(GuestToTunnel, TunnelToGuest);
        return hasMore;
    }

    void IEventHandler.OnReady(Readiness readiness)
    {
        // The link itself watches no descriptor.
    }

    void IEventHandler.OnTimer() => _timerSetFor = long.MaxValue;

    public void Dispose()
    {
        _loop?.ClearTimer(this);
        _guest.Dispose();
        _tunnel.Dispose();
        _guestToTunnelBatch.Dispose();
        _tunnelToGuestBatch.Dispose();
        (_encapsulator as IDisposable)?.Dispose();
        (_decapsulator as IDisposable)?.Dispose();
    }

    /// <summary>Asks to be woken when the first of the stages wants to run again.</summary>
    private void SetTimer()
    {
        long due = Math.Min(DueOf(_guestToTunnel), DueOf(_tunnelToGuest));
        if (due == _timerSetFor)
            return;
        _timerSetFor = due;
        if (due == long.MaxValue)
            _loop!.ClearTimer(this);
        else
            _loop!.SetTimer(this, (int)Math.Max(0, due - Environment.TickCount64));
    }

    /// <summary>A pump that holds frames waits for its sink and for nothing else.</summary>
    private static long DueOf(Pump pump) => pump.IsHolding ? long.MaxValue : pump.Due;

    private static bool Run(Pump pump, IFramePort from, IFramePort to)
    {
        bool canRun = pump.IsHolding ? to.IsWritable : from.IsReadable || pump.Due <= Environment.TickCount64;
        if (!canRun)
            return false;
        switch (pump.RunOnce())
        {
            case PumpState.SourceEmpty:
                from.IsReadable = false;
                return false;
            case PumpState.SinkFull:
                to.IsWritable = false;
                return false;
            default:
                return true;
        }
    }
}
