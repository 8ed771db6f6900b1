namespace QemuL2tp.Datagrams;

/// <summary>What the network said about packets that were already sent (ICMP), and about the socket. No frame is dropped for it.</summary>
public sealed class DatagramCounters
{
    // What both threads of a tunnel may count.
    private long _peerRefused;
    private long _peerUnreachable;
    private long _pathMtuExceeded;
    private long _otherErrors;
    private long _strayReports;

    internal DatagramCounters()
    {
    }

    /// <summary>Nothing listens at the peer (ICMP port or protocol unreachable).</summary>
    public long PeerRefused => Volatile.Read(ref _peerRefused);

    /// <summary>The peer or its network cannot be reached (ICMP host or network unreachable).</summary>
    public long PeerUnreachable => Volatile.Read(ref _peerUnreachable);

    /// <summary>A packet was too big for a link on the way (ICMP fragmentation needed, packet too big).</summary>
    public long PathMtuExceeded => Volatile.Read(ref _pathMtuExceeded);

    /// <summary>Any other error that the network or the kernel reported.</summary>
    public long OtherErrors => Volatile.Read(ref _otherErrors);

    /// <summary>ICMP about packets to somebody else than the peer, or about nobody can say which: forged, or meant for another process. No error of the peer's.</summary>
    public long StrayReports => Volatile.Read(ref _strayReports);

    /// <summary>All of the above errors but the stray ones.</summary>
    public long Errors => PeerRefused + PeerUnreachable + PathMtuExceeded + OtherErrors;

    /// <summary>Messages that the kernel cut into datagrams (UDP_SEGMENT).</summary>
    public long MessagesSegmented { get; internal set; }

    /// <summary>Frames in them.</summary>
    public long FramesSegmented { get; internal set; }

    /// <summary>Messages received that the kernel had put together from several datagrams (UDP_GRO).</summary>
    public long MessagesCoalesced { get; internal set; }

    /// <summary>Datagrams in them.</summary>
    public long DatagramsCoalesced { get; internal set; }

    /// <summary>Times that the socket's send buffer was full and the guest had to wait.</summary>
    public long SendBufferFull { get; internal set; }

    /// <summary>Several together, as they are now.</summary>
    internal static DatagramCounters Sum(params ReadOnlySpan<DatagramCounters> counters)
    {
        DatagramCounters sum = new();
        foreach (DatagramCounters each in counters)
        {
            sum._peerRefused += each.PeerRefused;
            sum._peerUnreachable += each.PeerUnreachable;
            sum._pathMtuExceeded += each.PathMtuExceeded;
            sum._otherErrors += each.OtherErrors;
            sum._strayReports += each.StrayReports;
            sum.MessagesSegmented += each.MessagesSegmented;
            sum.FramesSegmented += each.FramesSegmented;
            sum.MessagesCoalesced += each.MessagesCoalesced;
            sum.DatagramsCoalesced += each.DatagramsCoalesced;
            sum.SendBufferFull += each.SendBufferFull;
        }

        return sum;
    }

    internal void CountPeerRefused() => Interlocked.Increment(ref _peerRefused);

    internal void CountPeerUnreachable() => Interlocked.Increment(ref _peerUnreachable);

    internal void CountPathMtuExceeded() => Interlocked.Increment(ref _pathMtuExceeded);

    internal void CountOtherError() => Interlocked.Increment(ref _otherErrors);

    internal void CountStrayReport() => Interlocked.Increment(ref _strayReports);
}
