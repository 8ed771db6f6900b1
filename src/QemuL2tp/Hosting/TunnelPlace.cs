using QemuL2tp.EventLoop;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Hosting;

/// <summary>A tunnel that is open, and who serves it: all its sessions are on the same workers.</summary>
/// <param name="endpoint">The tunnel.</param>
internal sealed class TunnelPlace(TunnelEndpoint endpoint)
{
    public TunnelEndpoint Endpoint => endpoint;

    /// <summary>The worker of the pool that serves it; null: none yet, or it has a pair.</summary>
    public Worker? Worker { get; set; }

    /// <summary>The workers that serve it, and others only if they may become one tunnel with it; null: none yet, or it has one of the pool.</summary>
    public WorkerPair? Pair { get; set; }
}
