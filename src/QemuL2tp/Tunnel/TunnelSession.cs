using System.Buffers.Binary;
using QemuL2tp.Datagrams;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>
/// The network's end of a pseudowire: a session of a tunnel. What it sends it sends by itself; what arrives is received by whichever
/// session of the tunnel has its turn.
/// </summary>
internal sealed class TunnelSession : IFramePort, IFrameSource, IFrameSink, IFrameSenders
{
    /// <summary>Tokens of packets from the second receiver begin here.</summary>
    internal const nuint FirstOfSecond = 1 << 16;

    /// <summary>Tokens of packets that waited in the queue, and came from somebody else than the peer, begin here.</summary>
    internal const nuint FirstQueued = 2 << 16;

    private readonly IEventLog _log;
    private readonly UdpSegmentation _segmentation;

    /// <summary>While the kernel does not refuse.</summary>
    private readonly OffloadStatus _segmentationWanted;
    private readonly DatagramCounters _sent = new();
    private readonly DatagramSink _sink;
    private readonly int _sinkDescriptor;
    private readonly SinkWatch _watch = new();
    private readonly BufferReferences _references = new();
    private SessionQueue? _queue;
    private TunnelReceiver? _first;
    private TunnelReceiver? _second;
    private bool _readsFirst;
    private bool _readsSecond;
    private long _callOfFirst;
    private long _callOfSecond;
    private DirectionCounters? _counters;
    private DatagramCounters _ofFormerPeers = new();
    private volatile UserErrorException? _conflict;
    private bool _isReady;
    private bool _isDisposed;

    internal TunnelSession(TunnelEndpoint tunnel, TunnelPeer peer, L2tpv3Options options, IEventLog log)
    {
        Tunnel = tunnel;
        Peer = peer;
        Options = options;
        Id = options.ReceiveSession;
        WireId = BinaryPrimitives.ReverseEndianness(Id);
        _log = log;
        _segmentationWanted = tunnel.SegmentationFor(options);
        _segmentation = new UdpSegmentation(_segmentationWanted.Mode == OffloadMode.On, options.IPv6, () => Tunnel.PathMtuTo(Peer), Tell);
        _sinkDescriptor = DatagramSocket.Duplicate(tunnel.DescriptorFor(peer));
        _sink = new DatagramSink(_sinkDescriptor, peer.IsConnected ? null : peer.Address, _sent, _segmentation, new NetworkErrors(new ErrorQueue(_sinkDescriptor, new SessionErrors(this))));
        _isReady = WaitsFor is null;
    }

    /// <summary>
    /// What the network said about packets to the peer, which sessions with the same peer have in common, and how frames left: a snapshot.
    /// </summary>
    public DatagramCounters Counters => DatagramCounters.Sum(_sent, _ofFormerPeers, Peer.Counters, Tunnel.Counters);

    /// <summary>Packets of the whole tunnel that were no session's, by reason; read at any time.</summary>
    public DirectionCounters TunnelReceived => Tunnel.Received;

    /// <summary>Whether frames leave as messages that the kernel cuts (UDP_SEGMENT). For any thread.</summary>
    public OffloadStatus Segmentation =>
        _segmentation.Refusal is { } refusal ? new OffloadStatus(OffloadMode.Refused, refusal) : _segmentationWanted;

    /// <summary>Whether datagrams may come in messages that the kernel put together (UDP_GRO). For any thread.</summary>
    public OffloadStatus Coalescing => Tunnel.Coalescing;

    /// <inheritdoc cref="UdpSegmentation.PathMtu"/>
    public int PathMtu => _segmentation.PathMtu;

    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public ReadyFlag Readable { get; } = new();

    public ReadyFlag Writable => _watch.Writable;

    internal L2tpv3Options Options { get; }

    internal string Name => Options.Id;

    /// <summary>Why it carries nothing yet, which time may mend; null: it does. Read by any thread.</summary>
    internal UserErrorException? WaitsFor => Tunnel.Missing is { } missing ? _conflict ?? missing : Peer.Missing;

    /// <summary>Changed while the threads that carry frames rest.</summary>
    internal TunnelEndpoint Tunnel { get; private set; }

    /// <summary>What packets to it carry.</summary>
    internal uint Id { get; }

    /// <summary>The four bytes of <see cref="Id"/> as they are in a packet.</summary>
    internal uint WireId { get; }

    /// <summary>Changed while the threads that carry frames rest.</summary>
    internal TunnelPeer Peer { get; private set; }

    internal SocketAddress PeerAddress => Peer.Address;

    /// <summary>It gets packets.</summary>
    internal bool HasJoined => _first is not null;

    /// <summary>Its guest does not take what it was given.</summary>
    internal bool IsHolding { get; private set; }

    /// <summary>Opens a tunnel with one session.</summary>
    /// <exception cref="UserErrorException">An address cannot be resolved or bound, or a privilege is missing.</exception>
    public static TunnelSession OpenAlone(L2tpv3Options options, IEventLog log)
    {
        var tunnel = new TunnelEndpoint(options, log);
        try
        {
            return tunnel.OpenSession(options);
        }
        catch
        {
            tunnel.Dispose();
            throw;
        }
    }

    public int CopySender(nuint token, Span<byte> address)
    {
        if (token == FrameSlot.FromUnknown)
            return 0;
        if (token == FrameSlot.FromPeer)
            return Peer.Address.CopyTo(address);
        ReadOnlySpan<byte> sender = SenderOf(token);
        int length = Math.Min(sender.Length, address.Length);
        sender[..length].CopyTo(address);
        return length;
    }

    public unsafe string DescribeSender(ReadOnlySpan<byte> address)
    {
        fixed (byte* bytes = address)
            return SocketAddress.Format(bytes, (uint)address.Length);
    }

    public bool Fill(FrameBatch batch)
    {
        _counters = batch.Counters;
        if (_queue is { IsEmpty: false } && !_queue.Fill(batch, _references))
            return true;
        if (_readsFirst)
        {
            _readsFirst = _first!.Fill(this, batch, 0, _references);
            _callOfFirst = _first.Calls;
        }

        if (_readsSecond)
        {
            _readsSecond = _second!.Fill(this, batch, FirstOfSecond, _references);
            _callOfSecond = _second.Calls;
        }

        Tunnel.ReportDrops(this);
        return _readsFirst || _readsSecond;
    }

    public void Complete(FrameBatch batch, int done)
    {
        if (done < batch.Origins)
            return;
        _references.ReturnAll();
        _queue?.Complete();
    }

    public int Accept(FrameBatch batch)
    {
        if (_isReady)
            return _sink.Accept(batch);
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch[i].Verdict == FrameVerdict.Accept)
                batch.Drop(i, FrameVerdict.TunnelNotReady);
        }

        return batch.Count;
    }

    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        Tunnel.Attach(this, sourceLoop, sinkLoop);
        _watch.Open(sinkLoop, _sinkDescriptor);
    }

    public void WaitForFrames(bool isWaiting)
    {
        Tunnel.TellReceiveErrors(Peer);
        if (isWaiting != IsHolding)
            return;
        IsHolding = !isWaiting;
        OnHoldingChanged(_first!, ref _readsFirst);
        if (_second is not null)
            OnHoldingChanged(_second, ref _readsSecond);
    }

    public void WaitForRoom(bool isWaiting)
    {
        Tunnel.TellSendErrors(Peer);
        _watch.WaitForRoom(isWaiting);
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Tunnel.Forget(this);
        _watch.Close();
        _ = close(_sinkDescriptor);
        _sink.Dispose();
        _references.ReturnAll();
        _queue?.Dispose();
        Tunnel.Close(this);
    }

    /// <summary>A receiver has something to read, for this session or another one.</summary>
    internal void OnReadable(TunnelReceiver receiver)
    {
        if (receiver == _first)
            _readsFirst = true;
        else
            _readsSecond = true;
        Readable.Set();
    }

    /// <summary>Both receivers may have something to read.</summary>
    internal void OnReadable()
    {
        _readsFirst = true;
        _readsSecond = _second is not null;
        Readable.Set();
    }

    internal bool Reads(TunnelReceiver receiver) => receiver == _first || receiver == _second;

    /// <summary>Takes packets that another session has received.</summary>
    /// <returns>Bytes taken or dropped; fewer than there are when the rest must wait for this session's next turn.</returns>
    internal int Enqueue(in PacketRun run, ReadOnlySpan<byte> sender)
    {
        int taken = _queue!.Add(run, sender, IsHolding);
        // While its guest takes nothing it need not be woken, but when it goes on it must find this.
        if (!IsHolding || !Readable.IsSet)
            Readable.Set();
        if (taken == run.Length || !IsHolding)
            return taken;
        long dropped = (run.Length - taken + run.Step - 1) / run.Step;
        _counters!.FramesIn += dropped;
        _counters.Count(FrameVerdict.GuestTooSlow, run.IsForeign ? FrameSlot.FromUnknown : FrameSlot.FromPeer, dropped);
        return run.Length;
    }

    /// <summary>From now on it gets packets, from these.</summary>
    internal void Join((TunnelReceiver First, TunnelReceiver? Second) receivers)
    {
        int holding = IsHolding ? 1 : 0;
        (_first, _second) = receivers;
        _first.OnReadersChanged(holding);
        _second?.OnReadersChanged(holding);
        OnReadable();
    }

    /// <summary>Others may receive what is for this session.</summary>
    internal void Share() => _queue ??= new SessionQueue();

    /// <summary>From now on it gets no packets; what it was about to read somebody else reads.</summary>
    internal void Leave()
    {
        int holding = IsHolding ? -1 : 0;
        (TunnelReceiver first, TunnelReceiver? second) = (_first!, _second);
        (_first, _second) = (null, null);
        first.OnReadersChanged(holding);
        first.WakeReaderForRest();
        second?.OnReadersChanged(holding);
        second?.WakeReaderForRest();
    }

    /// <summary>Its name has an address now, which it cannot have.</summary>
    /// <param name="conflict">Why; told once. Null: it can.</param>
    internal void WaitFor(UserErrorException? conflict)
    {
        bool isNews = conflict is not null && conflict.Problem != _conflict?.Problem;
        _conflict = conflict;
        if (isNews)
            Tunnel.TellWaiting(this);
    }

    /// <summary>It has another peer, and receives from nobody now.</summary>
    /// <param name="tunnel">The peer's tunnel.</param>
    /// <param name="peer">The peer.</param>
    internal void Follow(TunnelEndpoint tunnel, TunnelPeer peer)
    {
        if (tunnel != Tunnel)
            (Tunnel, _conflict) = (tunnel, null);
        _ofFormerPeers = DatagramCounters.Sum(_ofFormerPeers, Peer.Counters);
        Peer = peer;
        // Nobody can say any more who sent what was received before.
        _callOfFirst = _callOfSecond = -1;
        FollowSocket();
    }

    /// <summary>The socket that it sends by is another one now, under the same number.</summary>
    internal void FollowSocket()
    {
        IEventLoop? loop = _watch.Loop;
        _watch.Close();
        DatagramSocket.Replace(_sinkDescriptor, Tunnel.DescriptorFor(Peer));
        _sink.SendTo(Peer.IsConnected ? null : Peer.Address);
        _segmentation.LookAgain();
        _isReady = WaitsFor is null;
        if (loop is not null)
            _watch.Open(loop, _sinkDescriptor);
    }

    private void OnHoldingChanged(TunnelReceiver receiver, ref bool reads)
    {
        bool wasRead = receiver.MayWait;
        receiver.OnReadersChanged(IsHolding ? 1 : -1);
        if (!IsHolding)
        {
            // What has come while nobody read is there without an event.
            if (wasRead)
                receiver.WakeReaderForRest();
            else
                OnReadable(receiver);
        }
        else if (reads && _queue is not null)
        {
            reads = false;
            receiver.WakeReader();
        }
    }

    private ReadOnlySpan<byte> SenderOf(nuint token)
    {
        if (token >= FirstQueued)
            return _queue!.SenderOf((int)(token - FirstQueued));
        if (token >= FirstOfSecond)
            return _second is not null && _second.Calls == _callOfSecond ? _second.SenderOf((int)(token - FirstOfSecond)) : default;
        // Another session may have received since then.
        return _first is not null && _first.Calls == _callOfFirst ? _first.SenderOf((int)token) : default;
    }

    private void Tell(string what) => _log.Write(EventLevel.Warning, $"{Name}: {what}");
}
