using QemuL2tp.EventLoop;
using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>Joins one guest port with one tunnel port, in both directions.</summary>
internal sealed class PseudowireLink : IServed
{
    private readonly IFramePort _guest;
    private readonly IFramePort _tunnel;
    private readonly Direction _guestToTunnel;
    private readonly Direction _tunnelToGuest;
    private readonly IFrameStage[] _stages;
    private bool _isDisposed;

    /// <param name="guest">QEMU's side; owned by the link.</param>
    /// <param name="tunnel">The network's side; owned by the link.</param>
    /// <param name="guestToTunnelStages">Applied to batches from the guest, in this order; owned by the link where they can be disposed.</param>
    /// <param name="tunnelToGuestStages">The same for batches from the tunnel.</param>
    /// <param name="guestToTunnelReporter">Told after each turn, to say in the log what was dropped.</param>
    /// <param name="tunnelToGuestReporter">The same for the other direction.</param>
    /// <param name="pollMicroseconds">How long after the last frame the worker looks for more before it sleeps.</param>
    public PseudowireLink(
        IFramePort guest,
        IFramePort tunnel,
        IReadOnlyList<IFrameStage> guestToTunnelStages,
        IReadOnlyList<IFrameStage> tunnelToGuestStages,
        DropReporter? guestToTunnelReporter = null,
        DropReporter? tunnelToGuestReporter = null,
        int pollMicroseconds = 0)
    {
        _guest = guest;
        _tunnel = tunnel;
        IFrameStage[] toTunnel = [.. guestToTunnelStages, .. tunnel.SinkStages];
        IFrameStage[] toGuest = [.. tunnelToGuestStages, .. guest.SinkStages];
        _stages = [.. toTunnel, .. toGuest];
        _guestToTunnel = new Direction(guest, tunnel, toTunnel, guestToTunnelReporter, pollMicroseconds);
        _tunnelToGuest = new Direction(tunnel, guest, toGuest, tunnelToGuestReporter, pollMicroseconds);
    }

    public DirectionCounters GuestToTunnel => _guestToTunnel.Counters;

    public DirectionCounters TunnelToGuest => _tunnelToGuest.Counters;

    /// <summary>While false, frames of both directions are dropped as <see cref="FrameVerdict.LinkDown"/>. Set by any thread.</summary>
    public bool IsUp
    {
        get => _guestToTunnel.IsLinkUp;
        set => _guestToTunnel.IsLinkUp = _tunnelToGuest.IsLinkUp = value;
    }

    /// <inheritdoc/>
    void IServed.Attach(Worker guestToTunnel, Worker tunnelToGuest)
    {
        _guestToTunnel.Attach(guestToTunnel);
        _tunnelToGuest.Attach(tunnelToGuest);
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
        foreach (IFrameStage stage in _stages)
            (stage as IDisposable)?.Dispose();
    }
}
