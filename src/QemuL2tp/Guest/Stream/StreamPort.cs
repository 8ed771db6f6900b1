using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Stream;

/// <summary>
/// QEMU's end of a pseudowire over <c>-netdev stream</c> or <c>-netdev socket</c>: at most one connection at a time, any
/// number one after the other. While none stands, frames from the tunnel are dropped and counted.
/// </summary>
internal sealed class StreamPort : IGuestPort, IFrameSource, IFrameSink, IEventHandler
{
    private readonly string _name;
    private readonly IEventLog _log;
    private readonly SingleConnection _connection;
    private readonly RecordReader _reader = new();
    private readonly RecordWriter _writer = new();
    private readonly SinkWatch _watch = new();
    private IEventLoop? _loop;
    private IEventLoop? _sinkLoop;
    private bool _isWaiting;
    private int _descriptor = -1;
    private int _sinkDescriptor = -1;
    private bool _isPeerGone;

    /// <summary>Opens the listening socket, if it is to listen.</summary>
    /// <param name="options">Our side of the connection.</param>
    /// <param name="name">Name of the netdev, for the log.</param>
    /// <param name="log">Where connections are told of.</param>
    /// <exception cref="UserErrorException">The address cannot be used.</exception>
    public StreamPort(FrontendOptions options, string name, IEventLog log)
    {
        _name = name;
        _log = log;
        _connection = new SingleConnection(options, name, log);
    }

    public long Connections => _connection.Count;

    public long ConnectionsRefused => _connection.Refused;

    public string Place => _connection.Description;

    public bool IsConnected => _descriptor >= 0;

    public int? ListeningPort => _connection.ListeningPort;

    public Action? Connected { get; set; }

    public Action<bool>? Disconnected { get; set; }

    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public ReadyFlag Readable { get; } = new();

    public ReadyFlag Writable => _watch.Writable;

    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        _loop = sourceLoop;
        _sinkLoop = sinkLoop;
        _connection.Attach(sourceLoop, OnConnected, OnPeerGone);
    }

    public bool Fill(FrameBatch batch)
    {
        if (_descriptor < 0)
            return false;
        ConnectionEnd end = _reader.Fill(batch, _descriptor, toTheEnd: _isPeerGone);
        if (end != ConnectionEnd.None)
            Close(end);
        return batch.IsFull;
    }

    public void Complete(FrameBatch batch, int done) => _reader.Complete(batch, done);

    public int Accept(FrameBatch batch)
    {
        int taken = 0;
        if (_sinkDescriptor >= 0)
        {
            taken = _writer.Write(batch, _sinkDescriptor, out bool isBroken);
            if (!isBroken)
                return taken;
            // Tells the source, whichever thread that is on, unless it knows.
            _ = shutdown(_sinkDescriptor, SHUT_RDWR);
        }

        for (int i = taken; i < batch.Count; i++)
            batch.Drop(i, FrameVerdict.GuestNotConnected);
        return batch.Count;
    }

    public void WaitForFrames(bool isWaiting)
    {
        if (_descriptor < 0 || _isPeerGone || isWaiting == _isWaiting)
            return;
        _isWaiting = isWaiting;
        _loop!.Change(_descriptor, Readiness.PeerClosed | (isWaiting ? Readiness.Readable : Readiness.None));
    }

    public void WaitForRoom(bool isWaiting) => _watch.WaitForRoom(isWaiting);

    public void OnReady(Readiness readiness)
    {
        if ((readiness & (Readiness.HangUp | Readiness.Error | Readiness.PeerClosed)) != 0)
            OnPeerGone();
        if ((readiness & Readiness.Readable) != 0)
            Readable.Set();
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
            CloseDescriptors();
        _connection.Dispose();
        _writer.Dispose();
    }

    private void OnConnected(int descriptor)
    {
        int duplicate = StreamSocket.Duplicate(descriptor);
        if (duplicate < 0)
        {
            _ = close(descriptor);
            _ = _connection.End();
            _log.Write(EventLevel.Error, $"{_name}: this process may not have another descriptor; raise its limit (ulimit -n)");
            return;
        }

        using var pause = new LoopPause(_sinkLoop);
        (_descriptor, _sinkDescriptor) = (descriptor, duplicate);
        _isPeerGone = false;
        _isWaiting = true;
        _loop!.Add(descriptor, Readiness.Readable | Readiness.PeerClosed, this);
        _watch.Open(_sinkLoop!, _sinkDescriptor);
        Connected?.Invoke();
    }

    /// <summary>No event will tell of more, but what was received before is still to be read.</summary>
    private void OnPeerGone()
    {
        if (_isPeerGone)
            return;
        _isPeerGone = true;
        _connection.OnBroken();
        _loop!.Remove(_descriptor);
        Readable.Set();
    }

    private void Close(ConnectionEnd end)
    {
        using var pause = new LoopPause(_sinkLoop);
        CloseDescriptors();
        _isPeerGone = false;
        _reader.Reset();
        _writer.Reset();
        bool canFollow = _connection.End();
        if (end == ConnectionEnd.BadLength)
            _log.Write(EventLevel.Warning, $"{_name}: closed the connection at {_connection.Description}: a record longer than {RecordReader.MaxFrameLength} bytes; is it a QEMU stream or socket netdev?");
        else
            _log.Write(EventLevel.Info, $"{_name}: QEMU disconnected at {_connection.Description}{(canFollow ? "" : "; an inherited connection has no successor")}");
        Disconnected?.Invoke(canFollow);
    }

    private void CloseDescriptors()
    {
        if (!_isPeerGone)
            _loop!.Remove(_descriptor);
        _watch.Close();
        _ = close(_sinkDescriptor);
        _ = close(_descriptor);
        (_descriptor, _sinkDescriptor) = (-1, -1);
    }
}
