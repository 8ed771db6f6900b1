using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Network;

/// <summary>
/// Empties a socket's error queue (IP_RECVERR, IPV6_RECVERR). What ICMP says about packets already sent is counted
/// here and never stops anything.
/// </summary>
internal static unsafe class ErrorQueue
{
    private const int ControlBytes = 256;

    /// <summary>Most reports taken in one go; the rest waits for the next turn.</summary>
    private const int MaxReports = 64;

    /// <returns>Errors taken from the queue; <paramref name="lastError"/> is the newest one's error number.</returns>
    public static int Drain(int descriptor, TunnelCounters counters, out int lastError)
    {
        byte* control = stackalloc byte[ControlBytes];
        lastError = 0;
        int reports = 0;
        while (reports < MaxReports)
        {
            msghdr message = new() { msg_control = control, msg_controllen = ControlBytes };
            if (recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
                break;
            reports++;
            if (message.msg_controllen < (nuint)(sizeof(cmsghdr) + sizeof(sock_extended_err)))
                continue;
            lastError = (int)((sock_extended_err*)CMSG_DATA((cmsghdr*)control))->ee_errno;
            Count(lastError, counters);
        }

        return reports;
    }

    /// <summary>Counts one error that the network reported.</summary>
    public static void Count(int error, TunnelCounters counters)
    {
        switch (error)
        {
            // ENOPROTOOPT is what ICMP protocol unreachable becomes: no raw socket there and no kernel module.
            case ECONNREFUSED or ENOPROTOOPT:
                counters.PeerRefused++;
                break;
            case EHOSTUNREACH or ENETUNREACH or EHOSTDOWN:
                counters.PeerUnreachable++;
                break;
            case EMSGSIZE:
                counters.PathMtuExceeded++;
                break;
            default:
                counters.OtherErrors++;
                break;
        }
    }
}
