using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>
/// The errors that a socket has to tell (IP_RECVERR, IPV6_RECVERR), for one thread. What ICMP says about packets already sent is
/// counted and never stops anything. Anybody can send ICMP, and a socket that is not connected gets what is said about packets to
/// anybody: only what is about a peer is counted as the peer's.
/// </summary>
/// <param name="descriptor">The socket; not owned.</param>
/// <param name="subjects">Whom errors may be about.</param>
internal sealed unsafe class ErrorQueue(int descriptor, IErrorSubjects subjects)
{
    /// <summary>Room for a report with the address of whoever sent it, and for a control message that nobody asked for.</summary>
    private const int ControlBytes = 256;

    /// <summary>Most reports taken in one go; the rest waits for the next turn.</summary>
    private const int MaxReports = 64;

    /// <summary>A unix socket has no such queue, and a frame would be taken for a report.</summary>
    private readonly bool _hasQueue = DatagramSocket.Get(descriptor, SO_DOMAIN) != AF_UNIX;

    /// <param name="descriptor">The socket; not owned.</param>
    /// <param name="peer">As in <see cref="OnePeer"/>.</param>
    /// <param name="counters">Where errors are counted.</param>
    public ErrorQueue(int descriptor, SocketAddress? peer, DatagramCounters counters)
        : this(descriptor, new OnePeer(peer, new PeerErrors(counters), counters))
    {
    }

    /// <summary>Empties the queue and counts what the network said.</summary>
    /// <returns>Such reports. This host's own, which repeat the error of a send call, are not among them.</returns>
    public int Drain()
    {
        byte* control = stackalloc byte[ControlBytes];
        int reports = 0;
        for (int i = 0; _hasQueue && i < MaxReports; i++)
        {
            // The name becomes that of whom the packet was for.
            sockaddr_storage destination;
            msghdr message = new() { msg_control = control, msg_controllen = ControlBytes, msg_name = &destination, msg_namelen = (uint)sizeof(sockaddr_storage) };
            if (recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
                break;
            var header = (cmsghdr*)control;
            if (message.msg_controllen < (nuint)(sizeof(cmsghdr) + sizeof(sock_extended_err)) || !IsReport(header))
                continue;
            var report = (sock_extended_err*)CMSG_DATA(header);
            if (report->ee_origin == SO_EE_ORIGIN_LOCAL)
                continue;
            reports++;
            if (subjects.Find((byte*)&destination, message.msg_namelen) is { } errors)
                errors.Count((int)report->ee_errno, (byte*)(report + 1), (nuint)((byte*)header + header->cmsg_len - (byte*)(report + 1)));
            else
                subjects.CountStray();
        }

        return reports;
    }

    /// <summary>As <see cref="Drain"/>; without reports, takes and counts the socket's pending error.</summary>
    public void Take()
    {
        if (Drain() == 0 && DatagramSocket.Get(descriptor, SO_ERROR) is > 0 and int error)
            CountPending(error);
    }

    /// <summary>Counts an error of the network that came without a report: the receive buffer, which lends the queue its room, is full.</summary>
    public void CountPending(int error)
    {
        if (subjects.Find(null, 0) is { } errors)
            errors.Count(error, null, 0);
        else
            subjects.CountStray();
    }

    private static bool IsReport(cmsghdr* header) =>
        (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) || (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
}
