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
    private readonly SingleConnection _connection;
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
        _connection = new SingleConnection(options, name, log);
    }

    public long Connections => _connection.Count;

    public long ConnectionsRefused => _connection.Refused;

    public bool IsConnected => _descriptor >= 0;

    public Action<bool>? Disconnected { get; set; }

    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public bool IsReadable { get; set; }

    public bool IsWritable { get; set; } = true;

    public void Attach(IEventLoop loop)
    {
        _loop = loop;
        _connection.Attach(loop, OnConnected, () => Close(ConnectionEnd.PeerClosed));
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

        _connection.Dispose();
        _writer.Dispose();
    }

    private void OnConnected(int descriptor)
    {
        _descriptor = descriptor;
        _isPeerGone = false;
        _interest = Readiness.Readable | Readiness.PeerClosed;
        _loop!.Add(descriptor, _interest, this);
        IsWritable = true;
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
        bool canFollow = _connection.End();
        if (end == ConnectionEnd.BadLength)
            _log.Write(EventLevel.Warning, $"{_name}: closed the connection at {_connection.Description}: a record longer than {RecordReader.MaxFrameLength} bytes; is it a QEMU stream or socket netdev?");
        else
            _log.Write(EventLevel.Info, $"{_name}: QEMU disconnected at {_connection.Description}{(canFollow ? "" : "; an inherited connection has no successor")}");
        Disconnected?.Invoke(canFollow);
    }
}
