using QemuL2tp.Frames;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Options;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// QEMU's end of a pseudowire over <c>-netdev vhost-user</c>: the device's side of a virtio-net card whose rings are in shared
/// memory. Messages and frames are handled on one thread, the worker's, so that what a message changes is never in use.
/// </summary>
public sealed class VhostUserPort : IGuestPort, IFrameSource, IFrameSink, IDevicePath, IEventHandler
{
    private const long LogIntervalMilliseconds = 60_000;

    private readonly string _name;
    private readonly IEventLog _log;
    private readonly SingleConnection _connection;
    private readonly VhostUserDevice _device;
    private readonly TransmitSource _source;
    private readonly ReceiveSink _sink;
    private IEventLoop? _loop;
    private FrontEndConnection? _frontEnd;
    private long _nextFaultLog = long.MinValue;

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
        _device = new VhostUserDevice(this);
        _source = new TransmitSource(_device, options.PollMicroseconds);
        _sink = new ReceiveSink(_device);
    }

    public long Connections => _connection.Count;

    public long ConnectionsRefused => _connection.Refused;

    public bool IsConnected => _connection.IsOpen;

    /// <summary>Rings that were stopped because their driver broke the rules.</summary>
    public long RingsBroken { get; private set; }

    public Action<bool>? Disconnected { get; set; }

    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public bool IsReadable { get; set; }

    public bool IsWritable { get; set; } = true;

    public void Attach(IEventLoop loop)
    {
        _loop = loop;
        _device.Attach(loop);
        _connection.Attach(loop, OnConnected, () => Close(null));
    }

    public bool Fill(FrameBatch batch) => IsMemoryWhole() && _source.Fill(batch);

    public void Complete(FrameBatch batch, int taken)
    {
        // Else the connection was closed, and the buffers are no longer ours to return.
        if (IsMemoryWhole())
            _source.Complete(batch, taken);
    }

    public int Accept(FrameBatch batch)
    {
        if (!IsMemoryWhole() || !IsConnected)
        {
            for (int i = 0; i < batch.Count; i++)
                batch.Drop(i, FrameVerdict.GuestNotConnected);
            return batch.Count;
        }

        bool wasWaiting = _sink.IsWaiting;
        int taken = _sink.Accept(batch);
        if (taken == batch.Count && wasWaiting)
            _loop!.ClearTimer(this);
        else if (taken < batch.Count && (taken > 0 || !wasWaiting))
            _loop!.SetTimer(this, ReceiveSink.HoldMilliseconds);
        return taken;
    }

    /// <summary>Kicks are asked for by the source and the sink themselves, when they find nothing.</summary>
    public void WaitFor(bool readable, bool writable)
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
        IsWritable = true;
    }

    public IEnumerable<string> DescribeState()
    {
        int pairs = _device.Rings.Count(ring => ring is { IsReceive: true, IsEnabled: true, Queue: not null });
        string broken = RingsBroken > 0 ? $", rings broken by the guest: {RingsBroken}" : "";
        if (IsConnected)
            yield return $"vhost-user: {pairs} queue {(pairs == 1 ? "pair" : "pairs")} in use, features 0x{_device.Features:x}{broken}";
    }

    public void Dispose()
    {
        _loop?.ClearTimer(this);
        _frontEnd?.Dispose();
        _connection.Dispose();
        _device.Dispose();
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
            IsWritable = true;
        else
            IsReadable = true;
    }

    void IRingOwner.OnRingsChanged()
    {
        _source.FindRings();
        _sink.FindRings();
        (IsReadable, IsWritable) = (true, true);
    }

    void IRingOwner.OnBroken(Vring ring, RingFault fault)
    {
        RingsBroken++;
        // A guest can do this as often as it likes.
        if (Environment.TickCount64 < _nextFaultLog)
            return;
        _nextFaultLog = Environment.TickCount64 + LogIntervalMilliseconds;
        _log.Write(EventLevel.Warning, $"{_name}: the guest broke the rules of {(ring.IsReceive ? "receive" : "transmit")} queue {ring.Pair} ({fault}); it is left alone until the driver starts it again");
    }

    void IDevicePath.SendRarp(ulong address)
    {
        _source.SendRarp(address);
        IsReadable = true;
    }

    private void OnConnected(int descriptor)
    {
        _frontEnd = new FrontEndConnection(descriptor, _device, _log, _name, Close);
        _frontEnd.Attach(_loop!);
    }

    /// <summary>Memory that a front end has cut short must not be touched.</summary>
    private bool IsMemoryWhole()
    {
        if (_device.Memory.IsWhole())
            return true;
        Close("the file of the guest's memory was made shorter while it was in use");
        return false;
    }

    private void Close(string? fault)
    {
        _frontEnd?.Dispose();
        _frontEnd = null;
        _device.Reset();
        bool canFollow = _connection.End();
        if (fault is not null)
            _log.Write(EventLevel.Warning, $"{_name}: closed the connection at {_connection.Description}: {fault}");
        else
            _log.Write(EventLevel.Info, $"{_name}: QEMU disconnected at {_connection.Description}{(canFollow ? "" : "; an inherited connection has no successor")}");
        Disconnected?.Invoke(canFollow);
    }
}
