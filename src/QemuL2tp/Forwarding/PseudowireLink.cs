using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>Joins one guest port with one tunnel port, in both directions.</summary>
public sealed class PseudowireLink : IDisposable
{
    private readonly IFramePort _guest;
    private readonly IFramePort _tunnel;
    private readonly Direction _guestToTunnel;
    private readonly Direction _tunnelToGuest;
    private readonly IFrameStage _encapsulator;
    private readonly IFrameStage _decapsulator;
    private bool _isDisposed;

    /// <param name="guest">QEMU's side; owned by the link.</param>
    /// <param name="tunnel">The network's side; owned by the link.</param>
    /// <param name="encapsulator">Applied to batches from the guest; owned by the link if it can be disposed.</param>
    /// <param name="decapsulator">Applied to batches from the tunnel; owned by the link if it can be disposed.</param>
    /// <param name="guestToTunnelReporter">Told after each turn, to say in the log what was dropped.</param>
    /// <param name="tunnelToGuestReporter">The same for the other direction.</param>
    /// <param name="pollMicroseconds">How long after the last frame the worker looks for more before it sleeps.</param>
    public PseudowireLink(
        IFramePort guest,
        IFramePort tunnel,
        IFrameStage encapsulator,
        IFrameStage decapsulator,
        DropReporter? guestToTunnelReporter = null,
        DropReporter? tunnelToGuestReporter = null,
        int pollMicroseconds = 0)
    {
        _guest = guest;
        _tunnel = tunnel;
        _encapsulator = encapsulator;
        _decapsulator = decapsulator;
        _guestToTunnel = new Direction(guest, tunnel, encapsulator, guestToTunnelReporter, pollMicroseconds);
        _tunnelToGuest = new Direction(tunnel, guest, decapsulator, tunnelToGuestReporter, pollMicroseconds);
    }

    public DirectionCounters GuestToTunnel => _guestToTunnel.Counters;

    public DirectionCounters TunnelToGuest => _tunnelToGuest.Counters;

    /// <summary>While false, frames of both directions are dropped as <see cref="FrameVerdict.LinkDown"/>. Set by any thread.</summary>
    public bool IsUp
    {
        get => _guestToTunnel.IsLinkUp;
        set => _guestToTunnel.IsLinkUp = _tunnelToGuest.IsLinkUp = value;
    }

    /// <summary>Opens the ports and gives each direction to its worker; they may be the same.</summary>
    internal void Attach(Worker guestToTunnel, Worker tunnelToGuest)
    {
        guestToTunnel.Serve(_guestToTunnel);
        tunnelToGuest.Serve(_tunnelToGuest);
        _guest.Attach(sourceLoop: guestToTunnel, sinkLoop: tunnelToGuest);
        _tunnel.Attach(sourceLoop: tunnelToGuest, sinkLoop: guestToTunnel);
    }

    /// <summary>Closes both ports; once is enough.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _guest.Dispose();
        _tunnel.Dispose();
        _guestToTunnel.Dispose();
        _tunnelToGuest.Dispose();
        (_encapsulator as IDisposable)?.Dispose();
        (_decapsulator as IDisposable)?.Dispose();
    }
}
