using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>
/// Empties a socket's error queue (IP_RECVERR, IPV6_RECVERR). What ICMP says about packets already sent is counted
/// here and never stops anything.
/// </summary>
internal static unsafe class ErrorQueue
{
    private const int ControlBytes = 256;

    /// <summary>Most reports taken in one go; the rest waits for the next turn.</summary>
    private const int MaxReports = 64;

    /// <summary>Empties the queue and counts what the network said.</summary>
    /// <returns>Such reports. This host's own, which repeat the error of a send call, are not among them.</returns>
    public static int Drain(int descriptor, DatagramCounters counters)
    {
        // A unix socket has no such queue, and a frame would be taken for a report.
        if (DatagramSocket.Get(descriptor, SO_DOMAIN) == AF_UNIX)
            return 0;
        byte* control = stackalloc byte[ControlBytes];
        int reports = 0;
        for (int i = 0; i < MaxReports; i++)
        {
            msghdr message = new() { msg_control = control, msg_controllen = ControlBytes };
            if (recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
                break;
            if (message.msg_controllen < (nuint)(sizeof(cmsghdr) + sizeof(sock_extended_err)))
                continue;
            var report = (sock_extended_err*)CMSG_DATA((cmsghdr*)control);
            if (report->ee_origin == SO_EE_ORIGIN_LOCAL)
                continue;
            reports++;
            Count((int)report->ee_errno, counters);
        }

        return reports;
    }

    /// <summary>As <see cref="Drain"/>; without reports, takes and counts the socket's pending error.</summary>
    public static void Take(int descriptor, DatagramCounters counters)
    {
        if (Drain(descriptor, counters) == 0 && DatagramSocket.Get(descriptor, SO_ERROR) is > 0 and int error)
            Count(error, counters);
    }

    /// <summary>Counts one error that the network reported.</summary>
    public static void Count(int error, DatagramCounters counters)
    {
        counters.LastError = error;
        switch (error)
        {
            // ENOPROTOOPT is what ICMP protocol unreachable becomes: no raw socket there and no kernel module.
            case ECONNREFUSED or ENOPROTOOPT:
                Interlocked.Increment(ref counters.PeerRefused);
                break;
            case EHOSTUNREACH or ENETUNREACH or EHOSTDOWN:
                Interlocked.Increment(ref counters.PeerUnreachable);
                break;
            case EMSGSIZE:
                Interlocked.Increment(ref counters.PathMtuExceeded);
                break;
            default:
                Interlocked.Increment(ref counters.OtherErrors);
                break;
        }
    }
}
