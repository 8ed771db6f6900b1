using QemuL2tp.EventLoop;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser;

/// <summary>
/// The device that a front end sets up: features, memory, log, rings. Changed by the messages of one connection, forgotten
/// with it, used by the path of the frames. Changed on the source's thread while the sink's rests, so it is whole whenever it is used.
/// </summary>
internal sealed class VhostUserDevice : IDisposable
{
    /// <param name="path">Where the frames go.</param>
    /// <param name="offered">The virtio features that the front end is offered.</param>
    public VhostUserDevice(IDevicePath path, ulong offered)
    {
        Path = path;
        Offered = offered;
        Rings = [.. Enumerable.Range(0, 2 * VhostUser.Features.MaxQueuePairs).Select(index => new Vring(index, Memory, path))];
    }

    public IDevicePath Path { get; }

    /// <summary>Virtio features that are offered.</summary>
    public ulong Offered { get; }

    public GuestMemory Memory { get; } = new();

    /// <summary>Ring 2k is guest receive, 2k+1 guest transmit of pair k.</summary>
    public IReadOnlyList<Vring> Rings { get; }

    /// <summary>Virtio features that the front end has acknowledged (SET_FEATURES).</summary>
    public ulong Features { get; set; }

    /// <summary>Protocol features that the front end has acknowledged.</summary>
    public ulong ProtocolFeatures { get; set; }

    /// <summary>The log that SET_LOG_BASE gave.</summary>
    public DirtyLog? Log { get; private set; }

    /// <summary>The log while the front end wants writes to be logged (LOG_ALL), else null.</summary>
    public DirtyLog? ActiveLog => (Features & VhostUser.Features.LogAll) != 0 ? Log : null;

    /// <summary>NET_SET_MTU; 0 when it was not sent.</summary>
    public int Mtu { get; set; }

    /// <summary>Bytes of <c>virtio_net_hdr</c> in front of each frame: 12, or 10 for a legacy driver without mergeable buffers (virtio 1.3, 5.1.6.1).</summary>
    public int HeaderLength => (Features & (VhostUser.Features.Version1 | VhostUser.Features.MergeableBuffers)) != 0 ? 12 : 10;

    /// <summary>Whether any ring is.</summary>
    public bool IsRunning => Rings.Any(ring => ring.IsRunning);

    /// <summary>Lets the loops watch the rings: what the guest transmits that of the source, what it receives that of the sink.</summary>
    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        foreach (Vring ring in Rings)
            ring.Attach(ring.IsReceive ? sinkLoop : sourceLoop);
    }

    /// <summary>Puts a log in place of the one before, which is unmapped when no ring uses it any more.</summary>
    public void SetLog(DirtyLog? log)
    {
        DirtyLog? before = Log;
        Log = log;
        ApplyLog();
        before?.Dispose();
    }

    /// <summary>Tells the rings where their writes are to be logged.</summary>
    public void ApplyLog()
    {
        foreach (Vring ring in Rings)
            ring.SetLog(ActiveLog);
    }

    /// <summary>The connection is over: nothing is kept.</summary>
    public void Reset()
    {
        foreach (Vring ring in Rings)
            ring.Reset();
        Memory.Clear();
        Features = 0;
        SetLog(null);
        ProtocolFeatures = 0;
        Mtu = 0;
    }

    public void Dispose()
    {
        Reset();
        Memory.Dispose();
    }
}
