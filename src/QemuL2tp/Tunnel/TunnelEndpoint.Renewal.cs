using QemuL2tp.Datagrams;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>What a tunnel's sockets depend on: the local address, its interface, a peer's address, and a route to it.</summary>
internal sealed partial class TunnelEndpoint
{
    /// <summary>What the kernel says nothing about (a port that is in use) is tried again after so long.</summary>
    private const int RetryMilliseconds = 3000;

    /// <summary>Something may have come before it was watched for, or is being opened.</summary>
    private const int SoonMilliseconds = 20;

    private volatile UserErrorException? _missing;
    private int _missingError;
    private uint _scope;
    private NetworkWatch? _watch;

    /// <summary>Why the tunnel has no local address yet; null: it has. Read by any thread.</summary>
    public UserErrorException? Missing => _missing;

    /// <summary>Something is not there yet, or may go with its interface.</summary>
    private bool DependsOnChanges => _scope != 0 || IsWaiting || _peers.Exists(peer => peer.CanBeConnected);

    private bool IsWaiting => Missing is not null || _peers.Exists(peer => peer.Missing is not null);

    /// <summary>The names of a session's options were looked up. While nobody opens or closes.</summary>
    /// <param name="session">The session.</param>
    /// <param name="options">Its options, with addresses in place of names.</param>
    public void Resolve(TunnelSession session, L2tpv3Options options)
    {
        using var sinkPause = new LoopPause(_sinkLoop);
        using var sourcePause = new LoopPause(_sourceLoop);
        lock (_opening)
        {
            if (Missing is not null)
                Options = Options with { Source = options.Source };
            if (TunnelSocket.TryResolvePeer(options, out _) is { } address)
                Redirect(session, address);
            TryAgain();
        }
    }

    /// <summary>A session of this tunnel, which waits, goes on in another one that the same threads serve. While nobody opens or closes.</summary>
    /// <param name="session">The session.</param>
    /// <param name="other">The other tunnel.</param>
    /// <param name="options">Its options, with addresses in place of names, which agree with those of the other tunnel.</param>
    /// <exception cref="UserErrorException">This process may not have another descriptor now; nothing has changed.</exception>
    public void Move(TunnelSession session, TunnelEndpoint other, L2tpv3Options options)
    {
        using var sinkPause = new LoopPause(_sinkLoop);
        using var sourcePause = new LoopPause(_sourceLoop);
        lock (_opening)
        {
            TunnelPeer former = session.Peer;
            other.Admit(session, options, leave: () =>
            {
                _ = _sessions.Remove(session);
                Leave(session);
            });
            Release(former);
            ReleaseOne();
        }
    }

    private void Admit(TunnelSession session, L2tpv3Options options, Action leave)
    {
        lock (_opening)
        {
            TunnelPeer peer = FindOrOpenPeer(options, waits: true);
            string others = Names;
            peer.Users++;
            _users++;
            leave();
            session.Follow(this, peer);
            Join(session);
            _sessions.Add(session);
            peer.Receiver?.Watch(_sourceLoop!);
            WatchNetwork();
            if (session.WaitsFor is null)
                _log.Write(EventLevel.Info, $"{session.Name}: src={Options.Source} is there now, in one tunnel with {others}; frames are carried");
            else
                TellWaiting(session);
        }
    }

    private int OpenBound(bool waits)
    {
        int bound = TunnelSocket.TryOpen(Options, out _missingError);
        if (bound >= 0)
            return bound;
        UserErrorException missing = TunnelSocket.NotBound(_missingError, Options);
        if (!waits || !missing.IsNotThereYet)
            throw missing;
        _missing = missing;
        return TunnelSocket.OpenPlaceholder(Options);
    }

    /// <summary>Watches for changes while they matter, on the thread that pauses the other.</summary>
    private void WatchNetwork()
    {
        if (!DependsOnChanges)
        {
            _watch?.Dispose();
            _watch = null;
        }
        else if (_watch is null)
        {
            _watch = new NetworkWatch(OnChanged);
            _watch.Attach(_sinkLoop!);
            _watch.CallIn(SoonMilliseconds);
        }
    }

    private void OnChanged()
    {
        // A session is being opened, with these sockets.
        if (!_opening.TryEnter())
        {
            _watch!.CallIn(SoonMilliseconds);
            return;
        }

        try
        {
            TryAgain();
        }
        finally
        {
            _opening.Exit();
        }
    }

    private void TryAgain()
    {
        bool isIncomplete = false;
        try
        {
            if (Missing is not null)
                OpenAtLast();
            else if (_scope != 0)
                FollowInterface();
            FindPeers();
            ConnectPeers();
        }
        catch (UserErrorException)
        {
            // This process may not have another descriptor now.
            isIncomplete = true;
        }

        WatchNetwork();
        if (_watch is { } watch && (isIncomplete || IsWaiting || !watch.HearsChanges))
            watch.CallIn(RetryMilliseconds);
    }

    /// <summary>The local address may be there now.</summary>
    private void OpenAtLast()
    {
        int bound = TunnelSocket.TryOpen(Options, out int error);
        if (bound >= 0)
        {
            PutInPlace(bound, scope: 0);
            Tell($"src={Options.Source} is there now; frames are carried");
        }
        else if (error != _missingError)
        {
            _missingError = error;
            UserErrorException missing = TunnelSocket.NotBound(error, Options);
            _missing = missing;
            TellMissing(Names, missing);
        }
    }

    /// <summary>
    /// The sockets of a link-local address belong to its interface by number. One that was made anew under the same name has another
    /// number; the address comes after it, and cannot be used before nobody else is found to have it.
    /// </summary>
    private void FollowInterface()
    {
        if (!TunnelSocket.TryFindScope(Options, out uint scope) || scope == _scope)
            return;
        int bound = TunnelSocket.TryOpen(Options, out _);
        if (bound < 0)
            return;
        PutInPlace(bound, scope);
        Tell($"the interface of src={Options.Source} was made anew; going on with it");
    }

    /// <summary>Other sockets take the place of all these, under the same descriptors.</summary>
    /// <param name="bound">The one that is bound; no longer the caller's.</param>
    /// <param name="scope">The number of the interface that link-local addresses of peers are on from now on; 0: as they are.</param>
    private void PutInPlace(int bound, uint scope)
    {
        List<int> sockets = [bound];
        List<bool> connected = [];
        TunnelPeer[] peers = [.. _peers.Where(peer => peer.Descriptor >= 0)];
        try
        {
            foreach (TunnelPeer peer in peers)
            {
                using SocketAddress address = peer.Address.Copy();
                if (scope != 0 && address.Scope != 0)
                    address.Scope = scope;
                int socket = TryConnect(bound, address, [.. sockets.Skip(1)]);
                connected.Add(socket >= 0);
                sockets.Add(socket >= 0 ? socket : TunnelSocket.OpenPlaceholder(Options));
            }

            using (new LoopPause(_sourceLoop))
            {
                Replace(_bound, bound, _receiver, isWatched: _sourceLoop is not null);
                for (int i = 0; i < peers.Length; i++)
                {
                    Replace(peers[i].Descriptor, sockets[1 + i], peers[i].Receiver, isWatched: _sourceLoop is not null && peers[i].Sessions.Count > 0);
                    peers[i].IsConnected = connected[i];
                }

                foreach (SocketAddress address in _peers.Select(peer => peer.Address).Where(address => scope != 0 && address.Scope != 0))
                    address.Scope = scope;
                _scope = TunnelSocket.ScopeOf(_bound);
                _missing = null;
                UpdateFilter();
                foreach (TunnelSession session in _sessions)
                    session.FollowSocket();
            }
        }
        finally
        {
            foreach (int socket in sockets)
                _ = close(socket);
        }
    }

    /// <summary>Peers whose address is there now: an interface has come.</summary>
    private void FindPeers()
    {
        foreach (TunnelSession session in _sessions.Where(session => session.Peer.Missing is not null))
        {
            if (TunnelSocket.TryResolvePeer(session.Options, out _) is { } address)
                Redirect(session, address);
        }
    }

    /// <summary>Peers to which there was no route when their sessions were opened.</summary>
    private void ConnectPeers()
    {
        foreach (TunnelPeer peer in _peers.Where(peer => peer.CanBeConnected))
        {
            int socket = TryConnect(_bound, peer.Address);
            if (socket < 0)
                continue;
            using (new LoopPause(_sourceLoop))
            {
                Replace(peer.Descriptor, socket, peer.Receiver, isWatched: _sourceLoop is not null && peer.Sessions.Count > 0);
                peer.IsConnected = true;
                foreach (TunnelSession session in _sessions.Where(session => session.Peer == peer))
                    session.FollowSocket();
            }

            _ = close(socket);
        }
    }

    /// <summary>A session has its peer at another address from now on.</summary>
    /// <param name="session">The session.</param>
    /// <param name="address">No longer the caller's.</param>
    private void Redirect(TunnelSession session, SocketAddress address)
    {
        TunnelPeer former = session.Peer;
        TunnelPeer peer = FindOrOpenPeer(session.Options, address);
        if (peer == former)
            return;
        peer.Users++;
        using (new LoopPause(_sourceLoop))
        {
            bool hasJoined = session.HasJoined;
            if (hasJoined)
                Leave(session);
            session.Follow(this, peer);
            if (hasJoined)
                Join(session);
            if (hasJoined && _sourceLoop is { } loop)
                peer.Receiver?.Watch(loop);
            Release(former);
        }

        _log.Write(EventLevel.Info, $"{session.Name}: the peer is {peer.Address} from now on");
    }

    private int TryConnect(int bound, SocketAddress peer) => TryConnect(bound, peer, [.. _peers.Select(each => each.Descriptor)]);

    /// <returns>-1: not now.</returns>
    private int TryConnect(int bound, SocketAddress peer, int[] others)
    {
        int descriptor = ConnectedSocket.TryOpen(bound, others, Options, peer);
        if (_coalesces && descriptor >= 0)
            _ = DatagramSocket.TrySet(descriptor, IPPROTO_UDP, UDP_GRO, 1);
        return descriptor;
    }

    private void Replace(int descriptor, int other, TunnelReceiver? receiver, bool isWatched)
    {
        receiver?.Unwatch();
        DatagramSocket.Replace(descriptor, other);
        if (_coalesces)
            _ = DatagramSocket.TrySet(descriptor, IPPROTO_UDP, UDP_GRO, 1);
        if (isWatched)
            receiver?.Watch(_sourceLoop!);
    }

    /// <summary>Says in the log what a session waits for, if it does.</summary>
    public void TellWaiting(TunnelSession session)
    {
        if (session.WaitsFor is { } missing)
            TellMissing(session.Name, missing);
    }

    private void TellMissing(string names, UserErrorException missing) =>
        _log.Write(EventLevel.Warning, $"{names}: waiting, and dropping frames: {missing.Problem}; it goes on by itself as soon as it can\n{missing.RemedyLine}");

    private void Tell(string what) => _log.Write(EventLevel.Info, $"{Names}: {what}");
}
