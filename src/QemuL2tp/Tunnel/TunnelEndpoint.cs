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
/// </remarks>
internal sealed class TunnelEndpoint : IFrameSenders, IDisposable
{
    /// <summary>Messages per call from the socket for everybody else.</summary>
    private const int StrangersAtATime = 8;

    private readonly IEventLog _log;
    private readonly int _bound;
    private readonly bool _coalesces;
    private readonly TunnelPeers _receivePeers;
    private readonly TunnelPeers _sendPeers;
    private readonly LinkWatch? _links;

    /// <summary>All that are open, for the thread that opens and closes.</summary>
    private readonly List<TunnelPeer> _peers = [];
    private TunnelReceiver? _receiver;
    private IEventLoop? _sourceLoop;
    private uint _scope;
    private int _users;
    private TunnelSession? _reporting;
    private bool _isDisposed;

    /// <summary>Opens and binds.</summary>
    /// <param name="options">Those of the first session.</param>
    /// <param name="log">Where events are told to a person.</param>
    /// <exception cref="UserErrorException">The address cannot be resolved or bound, or a privilege is missing.</exception>
    public TunnelEndpoint(L2tpv3Options options, IEventLog log)
    {
        Options = options;
        _log = log;
        _bound = TunnelSocket.Open(options);
        _receivePeers = new TunnelPeers(Counters, peer => peer.ReceiveErrors);
        _sendPeers = new TunnelPeers(Counters, peer => peer.SendErrors);
        try
        {
            _coalesces = UdpOffload.IsWanted(_bound, UDP_GRO, "x-gro", options.ReceiveOffload, options.Udp, "UDP_GRO needs Linux 5.0");
        }
        catch
        {
            _ = close(_bound);
            throw;
        }

        _scope = TunnelSocket.ScopeOf(_bound);
        _links = _scope == 0 ? null : new LinkWatch(FollowInterface);
        UpdateFilter();
    }

    /// <summary>What the sessions have in common: the local end, and how its sockets are.</summary>
    public L2tpv3Options Options { get; }

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

    public bool Coalesces => _coalesces;

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
    /// <exception cref="UserErrorException">Its peer cannot be resolved, or something is not to be had.</exception>
    public TunnelSession OpenSession(L2tpv3Options options)
    {
        TunnelPeer peer = FindOrOpenPeer(options);
        peer.Users++;
        _users++;
        try
        {
            var session = new TunnelSession(this, peer, options, _log);
            // Until a thread serves it, nobody else uses what is changed here.
            if (_sourceLoop is null)
                Join(session);
            return session;
        }
        catch
        {
            Release(peer);
            throw;
        }
    }

    /// <summary>The socket that a session sends by.</summary>
    public int DescriptorFor(TunnelPeer peer) => peer.Descriptor >= 0 ? peer.Descriptor : _bound;

    /// <summary>Whom the errors of a session's sending may be about.</summary>
    public IErrorSubjects SubjectsOfSending(TunnelPeer peer) =>
        peer.Descriptor >= 0 ? new OnePeer(null, peer.SendErrors, Counters) : _sendPeers;

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
        if (!session.HasJoined)
            Join(session);
        session.Peer.Receiver?.Watch(sourceLoop);
        if (!isFirst)
            return;
        // The thread of this loop is the one that pauses the other.
        _links?.Attach(sinkLoop);
        Report?.Attach(sourceLoop, Received);
        _receiver!.Watch(sourceLoop);
    }

    /// <summary>A session is no more. While the threads that carry frames rest.</summary>
    public void Close(TunnelSession session)
    {
        if (session.HasJoined)
            Leave(session);
        Release(session.Peer);
    }

    /// <summary>Counts packets that a session got.</summary>
    public void CountDelivered(int packets)
    {
        Received.FramesIn += packets;
        Received.FramesOut += packets;
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
    public int PathMtuTo(TunnelPeer peer) => PathMtu.Find(_bound, peer.Address);

    /// <summary>Whether an offload of sending is wanted and to be had.</summary>
    public bool CanSegment(L2tpv3Options options) =>
        UdpOffload.IsWanted(_bound, UDP_SEGMENT, "x-gso", options.SendOffload, options.Udp, "UDP_SEGMENT needs Linux 4.18");

    /// <summary>Closes the sockets; the last session does so.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _links?.Dispose();
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

    /// <summary>A session is closed, or could not be opened.</summary>
    private void Release(TunnelPeer peer)
    {
        if (--peer.Users == 0)
        {
            _ = _peers.Remove(peer);
            peer.Dispose();
        }

        if (--_users == 0)
            Dispose();
    }

    private TunnelPeer FindOrOpenPeer(L2tpv3Options options)
    {
        SocketAddress address = TunnelSocket.ResolvePeer(options);
        if (FindPeer(address) is { } known)
        {
            address.Dispose();
            return known;
        }

        BroadcastPeer.Warn(options, address, _log);
        int descriptor = options.Udp ? ConnectedSocket.TryOpen(_bound, [.. _peers.Select(peer => peer.Descriptor)], options, address) : -1;
        var opened = new TunnelPeer(address, descriptor, this, _coalesces, _log);
        _peers.Add(opened);
        return opened;
    }

    private unsafe TunnelPeer? FindPeer(SocketAddress address) =>
        _peers.Find(peer => peer.Address.IsSameEndpoint((byte*)address.Pointer, address.Length) && peer.Address.Scope == address.Scope);

    private void UpdatePeers() => _receivePeers.All = _sendPeers.All = [.. _peers.Where(peer => peer.Sessions.Count > 0)];

    private void UpdateFilter()
    {
        if (!Options.Udp)
            SessionFilter.Attach(_bound, Options.IPv6, [.. Sessions.All.Select(session => session.Id)]);
    }

    /// <summary>
    /// The sockets of a link-local address belong to its interface by number. One that was made anew under the same name has another
    /// number: other sockets take the place of these, under the same descriptors, as soon as the address is there.
    /// </summary>
    private void FollowInterface()
    {
        if (!TunnelSocket.TryFindScope(Options, out uint scope) || scope == _scope || TryReopen(scope) is not { } sockets)
            return;
        using (new LoopPause(_sourceLoop))
        {
            _receiver!.Unwatch();
            DatagramSocket.Replace(_bound, sockets[0]);
            TunnelPeer[] peers = _receivePeers.All;
            for (int i = 0; i < peers.Length; i++)
            {
                if (peers[i].Address.Scope != 0)
                    peers[i].Address.Scope = scope;
                if (peers[i].Descriptor < 0)
                    continue;
                peers[i].Receiver!.Unwatch();
                DatagramSocket.Replace(peers[i].Descriptor, sockets[1 + i]);
                if (peers[i].Sessions.Count > 0)
                    peers[i].Receiver!.Watch(_sourceLoop!);
            }

            foreach (TunnelSession session in Sessions.All)
                session.FollowSocket();
            _receiver.Watch(_sourceLoop!);
        }

        _scope = scope;
        UpdateFilter();
        foreach (int socket in sockets.Where(socket => socket >= 0))
            _ = close(socket);
        _log.Write(EventLevel.Info, $"{Names}: the interface of src={Options.Source} was made anew; going on with it");
    }

    /// <returns>The bound socket, then one for each peer, -1 for those that have none; null: not yet.</returns>
    private int[]? TryReopen(uint scope)
    {
        List<int> sockets = [];
        try
        {
            sockets.Add(TunnelSocket.Open(Options));
            foreach (TunnelPeer peer in _receivePeers.All)
                sockets.Add(peer.Descriptor < 0 ? -1 : Connect(sockets, peer.Address, scope));
            foreach (int socket in sockets.Where(socket => _coalesces && socket >= 0))
                _ = DatagramSocket.TrySet(socket, IPPROTO_UDP, UDP_GRO, 1);
            return [.. sockets];
        }
        catch (UserErrorException)
        {
            // The address comes after the interface, and cannot be used before nobody else is found to have it.
        }

        foreach (int socket in sockets.Where(socket => socket >= 0))
            _ = close(socket);
        return null;
    }

    /// <exception cref="UserErrorException">The peer is out of reach now.</exception>
    private int Connect(List<int> sockets, SocketAddress peer, uint scope)
    {
        Span<byte> bytes = stackalloc byte[(int)peer.Length];
        peer.CopyTo(bytes);
        using var address = new SocketAddress(bytes);
        if (address.Scope != 0)
            address.Scope = scope;
        int descriptor = ConnectedSocket.TryOpen(sockets[0], [.. sockets.Skip(1)], Options, address);
        return descriptor >= 0 ? descriptor : throw TunnelSocket.UnresolvedDestination(Options, "out of reach");
    }
}
