using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>Joins one guest port with one tunnel port by two pumps, one for each direction.</summary>
public sealed class PseudowireLink : IDisposable
{
    private readonly IFramePort _guest;
    private readonly IFramePort _tunnel;
    private readonly FrameBatch _guestToTunnelBatch;
    private readonly FrameBatch _tunnelToGuestBatch;
    private readonly Pump _guestToTunnel;
    private readonly Pump _tunnelToGuest;
    private readonly DropReporter? _reporter;

    /// <param name="guest">QEMU's side; owned by the link.</param>
    /// <param name="tunnel">The network's side; owned by the link.</param>
    /// <param name="encapsulator">Applied to batches from the guest.</param>
    /// <param name="decapsulator">Applied to batches from the tunnel.</param>
    /// <param name="reporter">Told after each turn, to say in the log what was dropped.</param>
    public PseudowireLink(IFramePort guest, IFramePort tunnel, IFrameStage encapsulator, IFrameStage decapsulator, DropReporter? reporter = null)
    {
        _guest = guest;
        _tunnel = tunnel;
        _reporter = reporter;
        _guestToTunnelBatch = new FrameBatch(GuestToTunnel);
        _tunnelToGuestBatch = new FrameBatch(TunnelToGuest);
        _guestToTunnel = new Pump(guest.Source, encapsulator, tunnel.Sink, _guestToTunnelBatch);
        _tunnelToGuest = new Pump(tunnel.Source, decapsulator, guest.Sink, _tunnelToGuestBatch);
    }

    public DirectionCounters GuestToTunnel { get; } = new();

    public DirectionCounters TunnelToGuest { get; } = new();

    internal void Attach(IEventLoop loop)
    {
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
        _reporter?.Report(GuestToTunnel, TunnelToGuest);
        return hasMore;
    }

    public void Dispose()
    {
        _guest.Dispose();
        _tunnel.Dispose();
        _guestToTunnelBatch.Dispose();
        _tunnelToGuestBatch.Dispose();
    }

    private static bool Run(Pump pump, IFramePort from, IFramePort to)
    {
        if (!(pump.IsHolding ? to.IsWritable : from.IsReadable))
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
