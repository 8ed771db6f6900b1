using QemuL2tp.Frames;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Stream;

/// <summary>
/// QEMU's end of a pseudowire over <c>-netdev stream</c> or <c>-netdev socket</c>: at most one connection at a time, any
/// number one after the other. While none stands, frames from the tunnel are dropped and counted.
/// </summary>
public sealed class StreamPort : IGuestPort, IFrameSource, IFrameSink, IEventHandler
{
    private readonly string _name;
    private readonly IEventLog _log;
    private readonly IStreamEndpoint _endpoint;
    private readonly RecordReader _reader = new();
    private readonly RecordWriter _writer = new();
    private IEventLoop? _loop;
    private Readiness _interest;
    private int _descriptor = -1;
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
        _endpoint = options switch
        {
            { Server: true } => new StreamListener(options.Address),
            { Address: FdFrontendAddress fd } => new InheritedConnection(fd),
            _ => new StreamConnector(options, name, log),
        };
    }

    /// <summary>Connections so far.</summary>
    public long Connections { get; private set; }

    /// <summary>Connections closed at once because another one stood.</summary>
    public long ConnectionsRefused { get; private set; }

    public bool IsConnected => _descriptor >= 0;

    /// <summary>Called on the worker's thread when a connection has ended; the argument says whether another can follow.</summary>
    public Action<bool>? Disconnected { get; set; }

    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public bool IsReadable { get; set; }

    public bool IsWritable { get; set; } = true;

    public void Attach(IEventLoop loop)
    {
        _loop = loop;
        _endpoint.Attach(loop, OnConnected);
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

    public void Complete(FrameBatch batch, int taken) => _reader.Complete(batch, taken);

    public int Accept(FrameBatch batch)
    {
        int taken = 0;
        if (_descriptor >= 0 && !_isPeerGone)
        {
            taken = _writer.Write(batch, _descriptor, out bool isBroken);
            if (!isBroken)
                return taken;
            OnPeerGone();
        }

        for (int i = taken; i < batch.Count; i++)
            batch.Drop(i, FrameVerdict.GuestNotConnected);
        return batch.Count;
    }

    public void WaitFor(bool readable, bool writable)
    {
        Readiness interest = Readiness.PeerClosed | (readable ? Readiness.Readable : Readiness.None) | (writable ? Readiness.Writable : Readiness.None);
        if (_descriptor < 0 || _isPeerGone || interest == _interest)
            return;
        _interest = interest;
        _loop!.Change(_descriptor, interest);
    }

    public void OnReady(Readiness readiness)
    {
        if ((readiness & (Readiness.HangUp | Readiness.Error | Readiness.PeerClosed)) != 0)
            OnPeerGone();
        IsReadable |= (readiness & Readiness.Readable) != 0;
        IsWritable |= (readiness & Readiness.Writable) != 0;
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            if (!_isPeerGone)
                _loop?.Remove(_descriptor);
            _ = close(_descriptor);
            _descriptor = -1;
        }

        _endpoint.Dispose();
        _writer.Dispose();
    }

    private void OnConnected(int descriptor)
    {
        // A QEMU that was killed and started again may be here before the end of its old connection was read.
        if (_descriptor >= 0 && StreamSocket.IsPeerGone(_descriptor))
            Close(ConnectionEnd.PeerClosed);
        if (_descriptor >= 0)
        {
            _ = close(descriptor);
            ConnectionsRefused++;
            _log.Write(EventLevel.Warning, $"{_name}: refused a second connection at {_endpoint.Description}: one QEMU at a time; end the first or give each its own --frontend");
            return;
        }

        StreamSocket.Tune(descriptor);
        _descriptor = descriptor;
        _isPeerGone = false;
        _interest = Readiness.Readable | Readiness.PeerClosed;
        _loop!.Add(descriptor, _interest, this);
        IsWritable = true;
        Connections++;
        _log.Write(EventLevel.Info, $"{_name}: QEMU connected at {_endpoint.Description}");
    }

    /// <summary>No event will tell of more, but what was received before is still to be read.</summary>
    private void OnPeerGone()
    {
        if (_isPeerGone)
            return;
        _isPeerGone = true;
        _loop!.Remove(_descriptor);
        IsReadable = true;
        IsWritable = true;
    }

    private void Close(ConnectionEnd end)
    {
        if (!_isPeerGone)
            _loop!.Remove(_descriptor);
        _ = close(_descriptor);
        _descriptor = -1;
        _isPeerGone = false;
        _reader.Reset();
        _writer.Reset();
        IsWritable = true;
        bool canFollow = _endpoint.Next();
        if (end == ConnectionEnd.BadLength)
            _log.Write(EventLevel.Warning, $"{_name}: closed the connection at {_endpoint.Description}: a record longer than {RecordReader.MaxFrameLength} bytes; is it a QEMU stream or socket netdev?");
        else
            _log.Write(EventLevel.Info, $"{_name}: QEMU disconnected at {_endpoint.Description}{(canFollow ? "" : "; an inherited connection has no successor")}");
        Disconnected?.Invoke(canFollow);
    }
}
