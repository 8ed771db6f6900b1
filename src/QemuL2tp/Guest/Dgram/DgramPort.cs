using QemuL2tp.Datagrams;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Guest.Dgram;

/// <summary>
/// QEMU's end of a pseudowire over <c>-netdev dgram</c>, or the datagram forms of <c>-netdev socket</c>: one datagram is one
/// frame. There is no connection; QEMU may come and go, and so may we.
/// </summary>
internal sealed class DgramPort : IGuestPort, IFrameSource, IFrameSink, IEventHandler
{
    private const int EthernetHeaderLength = 14;

    private readonly string _name;
    private readonly IEventLog _log;
    private readonly DgramEndpoint _endpoint;
    private readonly DatagramSource _source;
    private readonly DatagramSink _sink;
    private readonly SinkWatch _watch = new();
    private readonly bool _hasConnection;
    private readonly OncePerMinute _strangerLog = new();
    private IEventLoop? _loop;
    private bool _isWaiting = true;
    private bool _isPeerGone;
    private volatile bool _hasEnded;
    private int _isPresent;

    /// <summary>Opens the sockets.</summary>
    /// <param name="options">Our side.</param>
    /// <param name="name">Name of the netdev, for the log.</param>
    /// <param name="log">Told when QEMU is found and when it is gone.</param>
    /// <exception cref="UserErrorException">An address cannot be used.</exception>
    public DgramPort(FrontendOptions options, string name, IEventLog log)
    {
        _name = name;
        _log = log;
        _hasConnection = options.HasConnection;
        _endpoint = DgramEndpoint.Open(options, name, log);
        _source = new DatagramSource(_endpoint.Receiver, _endpoint.Peer, _endpoint.Counters, _endpoint.Errors, own: _endpoint.Own);
        if (!_hasConnection)
            _endpoint.Presence.Changed = SetPresence;
        _sink = new DatagramSink(_endpoint.Sender, _endpoint.Destination, _endpoint.Counters, UdpSegmentation.Off, _endpoint);
    }

    public long Connections => _endpoint.Presence.TimesFound;

    public long ConnectionsRefused => 0;

    public bool IsConnected => _endpoint.Presence.IsThere;

    public GuestPresence Presence =>
        IsConnected ? GuestPresence.Connected : Volatile.Read(ref _isPresent) != 0 ? GuestPresence.Heard : GuestPresence.NotConnected;

    public string Place => _endpoint.Presence.Place;

    /// <summary>What the kernel said about datagrams to QEMU; read at any time.</summary>
    public DatagramCounters Counters => _endpoint.Counters;

    public Action? Connected { get; set; }

    public Action<bool>? Disconnected { get; set; }

    /// <summary>Where there is no connection: called on a worker's thread when QEMU was reached or heard of (true) after it was not there, and when it is gone.</summary>
    public Action<bool>? PresenceChanged { get; set; }

    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public ReadyFlag Readable { get; } = new();

    public ReadyFlag Writable => _watch.Writable;

    /// <summary>Whether a front end is one for datagrams; of an inherited socket its type decides, as in QEMU.</summary>
    public static bool IsFor(FrontendOptions options) => DgramEndpoint.IsFor(options);

    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        _loop = sourceLoop;
        sourceLoop.Add(_endpoint.Receiver, Readiness.Readable, this);
        _watch.Open(sinkLoop, _endpoint.Sender);
        _ = _endpoint.TryReach();
        if (_hasConnection)
            Connected?.Invoke();
    }

    public bool Fill(FrameBatch batch)
    {
        if (_hasEnded)
            return false;
        bool mayHaveMore = _source.Fill(batch);
        bool isHeard = false;
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch[i].IsForeign)
                DropForeign(batch, i);
            else if (batch[i].Length < EthernetHeaderLength)
                batch.Drop(i, FrameVerdict.RuntFrame);
            else
                isHeard = true;
        }

        if (isHeard)
            OnHeard();
        if (_isPeerGone && batch.IsEmpty && !mayHaveMore)
            End();
        return mayHaveMore || (_isPeerGone && !_hasEnded);
    }

    public void Complete(FrameBatch batch, int done) => _source.Complete(batch, done);

    public int Accept(FrameBatch batch)
    {
        bool canSend = !_hasEnded && _endpoint.TryReach();
        for (int i = 0; i < batch.Count; i++)
        {
            if (!canSend)
                batch.Drop(i, FrameVerdict.GuestNotConnected);
            else if (batch[i].Length == 0)
                batch.Drop(i, FrameVerdict.EmptyFrame); // For QEMU an empty datagram is the end: it never reads the socket again.
        }

        return canSend ? _sink.Accept(batch) : batch.Count;
    }

    public void WaitForFrames(bool isWaiting)
    {
        if (_isPeerGone || isWaiting == _isWaiting)
            return;
        _isWaiting = isWaiting;
        _loop!.Change(_endpoint.Receiver, isWaiting ? Readiness.Readable : Readiness.None);
    }

    public void WaitForRoom(bool isWaiting) => _watch.WaitForRoom(isWaiting);

    public void OnReady(Readiness readiness)
    {
        if ((readiness & Readiness.Error) != 0)
            _endpoint.TakeErrors();
        if ((readiness & Readiness.HangUp) != 0)
            OnPeerGone();
        if ((readiness & Readiness.Readable) != 0)
            Readable.Set();
    }

    public void Dispose()
    {
        if (!_isPeerGone)
            _loop?.Remove(_endpoint.Receiver);
        _watch.Close();
        _endpoint.Dispose();
        _source.Dispose();
        _sink.Dispose();
    }

    private void OnHeard()
    {
        _endpoint.OnHeard();
        if (!_hasConnection && _isPresent == 0)
            SetPresence(true);
    }

    private void SetPresence(bool isThere)
    {
        int present = isThere ? 1 : 0;
        if (Interlocked.Exchange(ref _isPresent, present) != present)
            PresenceChanged?.Invoke(isThere);
    }

    private void DropForeign(FrameBatch batch, int index)
    {
        if (_strangerLog.IsDue())
            _log.Write(EventLevel.Warning, $"{_name}: dropped a datagram from {_source.DescribeSender(batch[index].Token)}: only those from {_endpoint.Peer} are QEMU's; our remote must be what QEMU has as local, written in the same way");
        batch.Drop(index, FrameVerdict.UnexpectedSource);
    }

    /// <summary>The other end of an inherited socket is closed. No event will tell of more, but what it sent before is still to be read.</summary>
    private void OnPeerGone()
    {
        _loop!.Remove(_endpoint.Receiver);
        _isPeerGone = true;
        Readable.Set();
    }

    /// <summary>Frames for it are dropped from now on.</summary>
    private void End()
    {
        _hasEnded = true;
        _endpoint.Presence.Lost();
        Disconnected?.Invoke(false);
    }
}
