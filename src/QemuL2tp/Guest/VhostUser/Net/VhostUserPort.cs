using System.Globalization;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Options;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// QEMU's end of a pseudowire over <c>-netdev vhost-user</c>: the device's side of a virtio-net card whose rings are in shared
/// memory. Messages are handled on the thread of the source, between its turns, while that of the sink rests: what a message
/// changes is never in use.
/// </summary>
internal sealed class VhostUserPort : IGuestPort, IFrameSource, IFrameSink, IDevicePath, IEventHandler
{
    private readonly string _name;
    private readonly IEventLog _log;
    private readonly SingleConnection _connection;
    private readonly VhostUserDevice _device;
    private readonly TransmitSource _source;
    private readonly ReceiveSink _sink;
    private readonly CoalescingStage? _coalescing;
    private readonly SharingCheck _sharing;
    private readonly SecondLook _transmitLook;
    private readonly SecondLook _receiveLook;
    private readonly OncePerMinute _faultLog = new();
    private IEventLoop? _loop;
    private IEventLoop? _sinkLoop;
    private FrontEndConnection? _frontEnd;
    private long _ringsBroken;

    /// <summary>Opens the listening socket, if it is to listen.</summary>
    /// <param name="options">Our side of the connection.</param>
    /// <param name="name">Name of the netdev, for the log.</param>
    /// <param name="log">Where connections and broken rings are told of.</param>
    /// <exception cref="UserErrorException">The address cannot be used.</exception>
    public VhostUserPort(FrontendOptions options, string name, IEventLog log)
    {
        _name = name;
        _log = log;
        _connection = new SingleConnection(options, name, log);
        _device = new VhostUserDevice(this, VhostUser.Features.Offered(options));
        _source = new TransmitSource(_device, options.PollMicroseconds);
        _sink = new ReceiveSink(_device);
        if (options.OffloadsToGuest)
            _coalescing = new CoalescingStage(_device, OnSuperFramesRefused);
        _transmitLook = new SecondLook(() => LookAgain(isReceive: false));
        _receiveLook = new SecondLook(() => LookAgain(isReceive: true));
        _sharing = new SharingCheck(_device, text => log.Write(EventLevel.Warning, $"{name}: {text}"));
    }

    public long Connections => _connection.Count;

    public long ConnectionsRefused => _connection.Refused;

    public string Place => _connection.Description;

    public bool IsConnected => _connection.IsOpen;

    /// <summary>Rings that were stopped because their driver broke the rules.</summary>
    public long RingsBroken => Volatile.Read(ref _ringsBroken);

    /// <summary>Queue pairs that the guest receives by. For any thread.</summary>
    public int QueuePairs => _device.Rings.Count(ring => ring is { IsReceive: true, IsRunning: true });

    /// <summary>Virtio features that the front end has acknowledged. For any thread.</summary>
    public ulong Features => _device.Features;

    /// <summary>Super-frames from the guest that were cut. For any thread.</summary>
    public long SuperFramesCut => _source.SuperFrames;

    /// <summary>Super-frames made for the guest. For any thread.</summary>
    public long SuperFramesMade => _coalescing?.SuperFrames ?? 0;

    /// <summary>NET_SET_MTU; 0 when it was not sent. For any thread.</summary>
    public int Mtu => _device.Mtu;

    /// <summary>Those that are set up. For any thread.</summary>
    public IReadOnlyList<RingStatus> Rings
    {
        get
        {
            bool isPacked = (_device.Features & VhostUser.Features.PackedRing) != 0;
            return [.. _device.Rings.Select(ring => ring.StatusNow(isPacked)).Where(ring => ring.Size > 0)];
        }
    }

    public Action? Connected { get; set; }

    public Action<bool>? Disconnected { get; set; }

    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public IReadOnlyList<IFrameStage> SinkStages => _coalescing is null ? [] : [_coalescing];

    public ReadyFlag Readable { get; } = new();

    public ReadyFlag Writable { get; } = new(isSet: true);

    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        _loop = sourceLoop;
        _sinkLoop = sinkLoop;
        _device.Attach(sourceLoop, sinkLoop);
        _sharing.Attach(sourceLoop);
        _transmitLook.Attach(sourceLoop);
        _receiveLook.Attach(sinkLoop);
        _connection.Attach(sourceLoop, OnConnected, () => Close(null));
    }

    public bool Fill(FrameBatch batch)
    {
        if (_device.Memory.IsWhole())
        {
            bool hasFrames = _source.Fill(batch);
            if (!hasFrames && IsConnected)
                _transmitLook.Expect();
            return hasFrames;
        }

        Close(null);
        return false;
    }

    public void Complete(FrameBatch batch, int done)
    {
        // Else the buffers are no longer ours to return.
        if (_device.Memory.IsWhole())
        {
            _source.Complete(batch, done);
            _transmitLook.Expect();
        }
        else
        {
            Close(null);
        }
    }

    public int Accept(FrameBatch batch)
    {
        bool isWhole = _device.Memory.IsWhole();
        if (!isWhole)
            _frontEnd?.HangUp();
        if (!isWhole || !IsConnected)
        {
            for (int i = 0; i < batch.Count; i++)
                batch.Drop(i, FrameVerdict.GuestNotConnected);
            return batch.Count;
        }

        bool wasWaiting = _sink.IsWaiting;
        long starved = _sink.Starved;
        int taken = _sink.Accept(batch);
        _receiveLook.Expect();
        if (_sink.Starved != starved)
            _coalescing?.OnStarved();
        if (taken == batch.Count && wasWaiting)
            _sinkLoop!.ClearTimer(this);
        else if (taken < batch.Count && (taken > 0 || !wasWaiting))
            _sinkLoop!.SetTimer(this, ReceiveSink.HoldMilliseconds);
        return taken;
    }

    /// <summary>Kicks are asked for by the source and the sink themselves, when they find nothing.</summary>
    public void WaitForFrames(bool isWaiting)
    {
    }

    public void WaitForRoom(bool isWaiting)
    {
    }

    public void OnReady(Readiness readiness)
    {
        // The rings and the connection watch their own descriptors.
    }

    /// <summary>Frames have waited for a receive buffer as long as they may.</summary>
    public void OnTimer()
    {
        _sink.StopWaiting();
        Writable.Set();
    }

    public void Dispose()
    {
        _sinkLoop?.ClearTimer(this);
        _transmitLook.Cancel();
        _receiveLook.Cancel();
        _sharing.Reset();
        // Rings and memory are let go of before QEMU is told so by the end of the connection.
        _device.Dispose();
        _frontEnd?.Dispose();
        _connection.Dispose();
        _source.Dispose();
        _sink.Dispose();
    }

    void IRingOwner.LetGo(Vring ring)
    {
        if (!ring.IsReceive)
            _source.LetGo(ring);
    }

    void IRingOwner.OnKick(Vring ring)
    {
        if (ring.IsReceive)
            Writable.Set();
        else
            Readable.Set();
        _sharing.OnKick(ring);
    }

    void IRingOwner.OnMemoryMissing() => _sharing.OnMemoryMissing();

    void IRingOwner.OnChanged(Vring ring)
    {
        if (ring.IsReceive)
        {
            _sink.FindRings(ring);
            _coalescing?.Forget();
            Writable.Set();
        }
        else
        {
            _source.FindRings();
            Readable.Set();
        }
    }

    void IRingOwner.OnBroken(Vring ring, RingFault fault)
    {
        _ = Interlocked.Increment(ref _ringsBroken);
        // A guest can do this as often as it likes.
        if (_faultLog.IsDue())
        {
            string who = fault == RingFault.BaseOutOfRange ? "the front end" : "the guest";
            _log.Write(EventLevel.Warning, $"{_name}: {who} broke the rules of {(ring.IsReceive ? "receive" : "transmit")} queue {ring.Pair} ({fault}); it is left alone until the driver starts it again");
        }
    }

    void IDevicePath.SendRarp(ulong address)
    {
        _source.SendRarp(address);
        Readable.Set();
    }

    /// <summary>For a kick or a call that was left out though the other side needed it.</summary>
    private void LookAgain(bool isReceive)
    {
        if (!_device.Memory.IsWhole())
            return;
        // By number: the enumerator of a list behind an interface is an object.
        for (int i = 0; i < _device.Rings.Count; i++)
        {
            Vring ring = _device.Rings[i];
            if (ring.IsReceive != isReceive || ring.Queue is not { } queue)
                continue;
            if (queue.OwesCall())
                ring.Call();
            if (!isReceive && !queue.IsEmpty)
                Readable.Set();
        }

        if (isReceive && _sink.IsWaiting)
            Writable.Set();
    }

    private void OnSuperFramesRefused() => _log.Write(
        EventLevel.Warning,
        $"{_name}: the guest's driver drops what was put together for it, as it does with an XDP program, and gets single packets until it starts again; write ctrl_guest_offloads=off on the NIC in QEMU, or x-offload-rx=off here");

    private void OnConnected(int descriptor)
    {
        _frontEnd = new FrontEndConnection(descriptor, _device, _log, _name, Close);
        _frontEnd.Attach(_loop!, _sinkLoop!);
        Connected?.Invoke();
    }

    /// <param name="fault">Null: the front end closed it, or has cut short the memory, which must not be touched then.</param>
    private void Close(string? fault)
    {
        using var pause = new LoopPause(_sinkLoop);
        if (!_device.Memory.IsWhole())
            fault = "the file of the guest's memory was made shorter while it was in use";
        _sharing.Reset();
        // In this order: QEMU sees the end of the connection when rings and memory are let go of.
        _device.Reset();
        _frontEnd?.Dispose();
        _frontEnd = null;
        bool canFollow = _connection.End();
        if (fault is not null)
            _log.Write(EventLevel.Warning, $"{_name}: closed the connection at {_connection.Description}: {fault}");
        else
            _log.Write(EventLevel.Info, $"{_name}: QEMU disconnected at {_connection.Description}{(canFollow ? "" : "; an inherited connection has no successor")}");
        Disconnected?.Invoke(canFollow);
    }
}
