namespace QemuL2tp.Datagrams;

/// <summary>What the network said about packets that were already sent (ICMP), and about the socket. No frame is dropped for it.</summary>
public sealed class DatagramCounters
{
    /// <summary>Nothing listens at the peer (ICMP port or protocol unreachable).</summary>
    public long PeerRefused;

    /// <summary>The peer or its network cannot be reached (ICMP host or network unreachable).</summary>
    public long PeerUnreachable;

    /// <summary>A packet was too big for a link on the way (ICMP fragmentation needed, packet too big).</summary>
    public long PathMtuExceeded;

    /// <summary>Any other error that the network or the kernel reported.</summary>
    public long OtherErrors;

    /// <summary>ICMP about packets to somebody else than the peer, or about nobody can say which: forged, or meant for another process. No error of the peer's.</summary>
    public long StrayReports;

    /// <summary>All of the above errors but the stray ones.</summary>
    public long Errors => PeerRefused + PeerUnreachable + PathMtuExceeded + OtherErrors;

    /// <summary>Messages that the kernel cut into datagrams (UDP_SEGMENT).</summary>
    public long MessagesSegmented;

    /// <summary>Frames in them.</summary>
    public long FramesSegmented;

    /// <summary>Messages received that the kernel had put together from several datagrams (UDP_GRO).</summary>
    public long MessagesCoalesced;

    /// <summary>Datagrams in them.</summary>
    public long DatagramsCoalesced;

    /// <summary>Times that the socket's send buffer was full and the guest had to wait.</summary>
    public long SendBufferFull;

    /// <summary>Several together, as they are now.</summary>
    public static DatagramCounters Sum(params ReadOnlySpan<DatagramCounters> counters)
    {
        DatagramCounters sum = new();
        foreach (DatagramCounters each in counters)
        {
            sum.PeerRefused += each.PeerRefused;
            sum.PeerUnreachable += each.PeerUnreachable;
            sum.PathMtuExceeded += each.PathMtuExceeded;
            sum.OtherErrors += each.OtherErrors;
            sum.StrayReports += each.StrayReports;
            sum.MessagesSegmented += each.MessagesSegmented;
            sum.FramesSegmented += each.FramesSegmented;
            sum.MessagesCoalesced += each.MessagesCoalesced;
            sum.DatagramsCoalesced += each.DatagramsCoalesced;
            sum.SendBufferFull += each.SendBufferFull;
        }

        return sum;
    }
}
