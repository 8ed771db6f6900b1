using QemuL2tp.Datagrams;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>
/// This end of a tunnel: one local address, port and encapsulation, with the sessions that share it. Over UDP there is a socket for each
/// peer, connected to it, and one for everybody else; over raw IP a single one. Opened with its first session, closed with its last.
/// </summary>
/// <remarks>
/// Sessions are opened by one thread at a time, while those that carry frames may run; they join and leave while those rest.
/// What a socket depends on may not be there yet, or go and come back: other sockets take their place then, under the same descriptors.
/// </remarks>
internal sealed partial class TunnelEndpoint : IFrameSenders, IDisposable
{
    private const string SegmentationNeeds = "UDP_SEGMENT needs Linux 4.18";
    private const string CoalescingNeeds = "UDP_GRO needs Linux 5.0";

    /// <summary>Messages per call from the socket for everybody else.</summary>
    private const int StrangersAtATime = 8;

    private readonly IEventLog _log;
    private readonly SegmentationSelfTest _segmentationTest;
    private readonly int _bound;
    private readonly bool _coalesces;
    private readonly bool _connects;
    private readonly TunnelPeers _receivePeers;
    private readonly TunnelPeers _sendPeers;

    /// <summary>Whoever opens sockets, or puts others in their place, has it; a thread that carries frames never waits for it.</summary>
    private readonly Lock _opening = new();

    /// <summary>All that are open, whether they carry frames already or not.</summary>
    private readonly List<TunnelPeer> _peers = [];

    /// <inheritdoc cref="_peers"/>
    private readonly List<TunnelSession> _sessions = [];
    private TunnelReceiver? _receiver;
    private IEventLoop? _sourceLoop;
    private IEventLoop? _sinkLoop;
    private int _users;
    private TunnelSession? _reporting;
    private bool _isDisposed;

    /// <summary>Opens and binds.</summary>
    /// <param name="options">Those of the first session.</param>
    /// <param name="log">Where events are told to a person.</param>
    /// <param name="waits">An address that is not there yet is waited for.</param>
    /// <param name="segmentationTest">Null: of this kernel.</param>
    /// <exception cref="UserErrorException">The address cannot be resolved or bound, or a privilege is missing.</exception>
    public TunnelEndpoint(L2tpv3Options options, IEventLog log, bool waits = false, SegmentationSelfTest? segmentationTest = null)
    {
        Options = options;
        _log = log;
        _segmentationTest = segmentationTest ?? SegmentationSelfTest.OfThisKernel;
        _bound = OpenBound(waits);
        _connects = options.Udp && !TunnelSocket.IsAny(options);
        _receivePeers = new TunnelPeers(Counters, peer => peer.ReceiveErrors);
        _sendPeers = new TunnelPeers(Counters, peer => peer.SendErrors);
        try
        {
            _coalesces = UdpOffload.IsWanted(_bound, UDP_GRO, "x-gro", options.ReceiveOffload, options.Udp, CoalescingNeeds);
        }
        catch
        {
            _ = close(_bound);
            throw;
        }

        _scope = TunnelSocket.ScopeOf(_bound);
        UpdateFilter();
    }

    /// <summary>What the sessions have in common: the local end, and how its sockets are.</summary>
    public L2tpv3Options Options { get; private set; }

    /// <summary>Called when the last session has closed.</summary>
    public Action? Closed { get; set; }

    /// <summary>The sessions that carry frames.</summary>
    public SessionTable Sessions { get; } = new();

    /// <summary>Packets received, those given to a session, and why the others were not. In = out + drops.</summary>
    public DirectionCounters Received { get; } = new();

    /// <summary>What the network said about packets to nobody known here, and what the socket for everybody has put together.</summary>
    public DatagramCounters Counters { get; } = new();

    /// <summary>Says in the log why packets were nobody's; null: nobody is told.</summary>
    public IDropReport? Report { get; set; }

    /// <summary>Whether datagrams may come in messages that the kernel put together (UDP_GRO).</summary>
    public OffloadStatus Coalescing => UdpOffload.StatusOf(_coalesces, "x-gro", Options.ReceiveOffload, Options.Udp, CoalescingNeeds);

    /// <summary>The sessions' names for a person.</summary>
    public string Names => NamesOf(Sessions.All);

    /// <inheritdoc cref="Names"/>
    public static string NamesOf(IReadOnlyCollection<TunnelSession> sessions)
    {
        const int Most = 3;
        string names = string.Join(", ", sessions.Take(Most).Select(session => session.Name));
        return sessions.Count > Most ? $"{names} and {sessions.Count - Most} more" : names;
    }

    /// <summary>Opens what a session needs: its peer's socket, unless another session has opened that, and a descriptor to send by.</summary>
    /// <param name="options">Its options, which agree with those of the tunnel about the local end.</param>
    /// <param name="waits">What is not there yet is waited for.</param>
    /// <exception cref="UserErrorException">An address is not there and not waited for, or something is not to be had.</exception>
    public TunnelSession OpenSession(L2tpv3Options options, bool waits = false)
    {
        lock (_opening)
        {
            if (!waits && Missing is { } missing)
                throw missing;
            TunnelPeer peer = FindOrOpenPeer(options, waits);
            peer.Users++;
            _users++;
            try
            {
                var session = new TunnelSession(this, peer, options, _log);
                // Until a thread serves it, nobody else uses what is changed here.
                if (_sourceLoop is null)
                    Join(session);
                _sessions.Add(session);
                TellWaiting(session);
                return session;
            }
            catch
            {
                Release(peer);
                ReleaseOne();
                throw;
            }
        }
    }

    /// <summary>The socket that a session sends by.</summary>
    public int DescriptorFor(TunnelPeer peer) => peer.IsConnected ? peer.Descriptor : _bound;

    /// <summary>Whom errors of sending by the socket for everybody may be about.</summary>
    public IErrorSubjects SubjectsOfSending => _sendPeers;

    /// <summary>What a session reads: its peer's socket if it has one, then the one for everybody else.</summary>
    public (TunnelReceiver First, TunnelReceiver? Second) ReceiversFor(TunnelPeer peer)
    {
        _receiver ??= new TunnelReceiver(_bound, this, Sessions.All, _receivePeers, Counters, _coalesces, peer.Receiver is null ? ReceiveBuffers.Capacity : StrangersAtATime);
        return peer.Receiver is null ? (_receiver, null) : (peer.Receiver, _receiver);
    }

    /// <summary>A session gets its packets from now on. While the threads that carry frames rest.</summary>
    public void Attach(TunnelSession session, IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        bool isFirst = _sourceLoop is null;
        _sourceLoop = sourceLoop;
        // The thread of this loop is the one that pauses the other.
        _sinkLoop = sinkLoop;
        if (!session.HasJoined)
            Join(session);
        session.Peer.Receiver?.Watch(sourceLoop);
        WatchNetwork();
        if (!isFirst)
            return;
        Report?.Attach(sourceLoop, Received);
        _receiver!.Watch(sourceLoop);
    }

    /// <summary>A session is about to close its descriptor: no other socket is to be put there. One that has not joined does so while the threads are at work.</summary>
    public void Forget(TunnelSession session)
    {
        lock (_opening)
            _ = _sessions.Remove(session);
    }

    /// <summary>A session is no more. While the threads that carry frames rest, if it has joined.</summary>
    public void Close(TunnelSession session)
    {
        lock (_opening)
        {
            if (session.HasJoined)
                Leave(session);
            Release(session.Peer);
            ReleaseOne();
        }
    }

    /// <summary>Counts packets that a session got.</summary>
    /// <param name="packets">How many.</param>
    /// <param name="bytes">Of them, from the L2TPv3 header on.</param>
    public void CountDelivered(int packets, int bytes)
    {
        Received.FramesIn += packets;
        Received.FramesOut += packets;
        Received.BytesOut += bytes;
    }

    /// <summary>Packets that are no session's. All of them come here, control messages too.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="token">Mark of whoever sent the last of them.</param>
    /// <param name="count">How many.</param>
    public void Refuse(FrameVerdict reason, nuint token, long count = 1)
    {
        Received.FramesIn += count;
        Received.Count(reason, token, count);
    }

    /// <summary>Says why packets were nobody's, after a session has received some.</summary>
    public void ReportDrops(TunnelSession session)
    {
        _reporting = session;
        Report?.Report();
    }

    int IFrameSenders.CopySender(nuint token, Span<byte> address) => _reporting?.CopySender(token, address) ?? 0;

    unsafe string IFrameSenders.DescribeSender(ReadOnlySpan<byte> address)
    {
        fixed (byte* bytes = address)
            return SocketAddress.Format(bytes, (uint)address.Length);
    }

    /// <summary>Tells what the network said about packets that left by the socket for everybody; on the thread that receives.</summary>
    public void TellReceiveErrors()
    {
        _receivePeers.Tell();
        foreach (TunnelPeer peer in _receivePeers.All)
            peer.Tell(peer.ReceiveErrors);
    }

    /// <summary>After a turn of a session; on the thread that receives.</summary>
    public void TellReceiveErrors(TunnelPeer peer)
    {
        peer.Tell(peer.ReceiveErrors);
        _receivePeers.Tell();
    }

    /// <summary>The same on the thread that sends.</summary>
    public void TellSendErrors(TunnelPeer peer)
    {
        peer.Tell(peer.SendErrors);
        _sendPeers.Tell();
    }

    /// <summary>What the kernel knows about the MTU of the path to a peer.</summary>
    public int PathMtuTo(TunnelPeer peer) => Missing is null && peer.Missing is null ? PathMtu.Find(_bound, peer.Address) : int.MaxValue;

    /// <summary>Whether frames of a session leave as messages that the kernel cuts (UDP_SEGMENT), while it does not refuse.</summary>
    /// <exception cref="UserErrorException">It must be so, and is not to be had.</exception>
    public OffloadStatus SegmentationFor(L2tpv3Options options)
    {
        bool isOn = UdpOffload.IsWanted(_bound, UDP_SEGMENT, "x-gso", options.SendOffload, options.Udp, SegmentationNeeds);
        return isOn && options.SendOffload == OffloadSwitch.Auto && !_segmentationTest.IsPassed(options.IPv6, options.Id, _log)
            ? new OffloadStatus(OffloadMode.Off, SegmentationSelfTest.Failed)
            : UdpOffload.StatusOf(isOn, "x-gso", options.SendOffload, options.Udp, SegmentationNeeds);
    }

    /// <summary>Closes the sockets; the last session does so.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _watch?.Dispose();
        Report?.Detach();
        _receiver?.Dispose();
        _ = close(_bound);
        Closed?.Invoke();
    }

    private void Join(TunnelSession session)
    {
        Sessions.Add(session);
        session.Peer.Sessions.Add(session);
        UpdatePeers();
        session.Join(ReceiversFor(session.Peer));
        if (Sessions.All.Count > 1)
        {
            foreach (TunnelSession each in Sessions.All)
                each.Share();
        }

        UpdateFilter();
    }

    private void Leave(TunnelSession session)
    {
        Sessions.Remove(session);
        _ = session.Peer.Sessions.Remove(session);
        UpdatePeers();
        session.Leave();
        UpdateFilter();
    }

    /// <summary>A session has no more to do with a peer.</summary>
    private void Release(TunnelPeer peer)
    {
        if (--peer.Users > 0)
            return;
        _ = _peers.Remove(peer);
        peer.Dispose();
    }

    /// <summary>A session is closed, or could not be opened.</summary>
    private void ReleaseOne()
    {
        if (--_users == 0)
            Dispose();
    }

    private TunnelPeer FindOrOpenPeer(L2tpv3Options options, bool waits)
    {
        if (TunnelSocket.TryResolvePeer(options, out string error) is { } address)
            return FindOrOpenPeer(options, address);
        UserErrorException missing = TunnelEnd.Destination(options).Unresolved(error);
        if (!waits || !missing.IsNotThereYet)
            throw missing;
        var opened = new TunnelPeer(TunnelSocket.Nobody(options), -1, this, _coalesces, _log) { Missing = missing };
        _peers.Add(opened);
        return opened;
    }

    /// <param name="options">Those of a session.</param>
    /// <param name="address">Its peer's; owned from now on.</param>
    private TunnelPeer FindOrOpenPeer(L2tpv3Options options, SocketAddress address)
    {
        if (FindPeer(address) is { } known)
        {
            address.Dispose();
            return known;
        }

        BroadcastPeer.Warn(options, address, _log);
        int descriptor = _connects ? TryConnect(_bound, address) : -1;
        bool isConnected = descriptor >= 0;
        try
        {
            if (_connects && !isConnected)
                descriptor = TunnelSocket.OpenPlaceholder(options);
        }
        catch
        {
            address.Dispose();
            throw;
        }

        var opened = new TunnelPeer(address, descriptor, this, _coalesces, _log) { IsConnected = isConnected };
        _peers.Add(opened);
        return opened;
    }

    private unsafe TunnelPeer? FindPeer(SocketAddress address) =>
        _peers.Find(peer => peer.Missing is null && peer.Address.IsSameEndpoint((byte*)address.Pointer, address.Length) && peer.Address.Scope == address.Scope);

    private void UpdatePeers() => _receivePeers.All = _sendPeers.All = [.. _peers.Where(peer => peer.Sessions.Count > 0)];

    private void UpdateFilter()
    {
        if (!Options.Udp && Missing is null)
            SessionFilter.Attach(_bound, Options.IPv6, [.. Sessions.All.Select(session => session.Id)]);
    }
}
