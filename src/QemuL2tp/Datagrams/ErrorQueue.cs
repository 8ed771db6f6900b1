using System.Net;
using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>
/// The errors that a socket has to tell (IP_RECVERR, IPV6_RECVERR), for one thread. What ICMP says about packets already sent is
/// counted and never stops anything. Anybody can send ICMP, and a socket that is not connected gets what is said about packets to
/// anybody: only what is about the peer is counted as the peer's.
/// </summary>
/// <param name="descriptor">The socket; not owned.</param>
/// <param name="peer">Where packets go; not owned. Null: the socket is connected, and the kernel gives it only what is about the other end.</param>
/// <param name="counters">Where errors are counted.</param>
internal sealed unsafe class ErrorQueue(int descriptor, SocketAddress? peer, DatagramCounters counters)
{
    /// <summary>Room for a report with the address of whoever sent it, and for a control message that nobody asked for.</summary>
    private const int ControlBytes = 256;

    /// <summary>Most reports taken in one go; the rest waits for the next turn.</summary>
    private const int MaxReports = 64;

    /// <summary>A unix socket has no such queue, and a frame would be taken for a report.</summary>
    private readonly bool _hasQueue = DatagramSocket.Get(descriptor, SO_DOMAIN) != AF_UNIX;

    private bool _hasNews;

    /// <summary>Who sent the newest report; an IPv4 address in the layout of its own <c>sockaddr</c>. No family: not known.</summary>
    private sockaddr_in6 _reporter;

    /// <summary>The newest error about the peer.</summary>
    public int LastError { get; private set; }

    /// <summary>Who reported <see cref="LastError"/>, by ICMP; null when it is not known.</summary>
    public IPAddress? LastReporter
    {
        get
        {
            sockaddr_in6 reporter = _reporter;
            return reporter.sin6_family == AF_INET || reporter.sin6_family == AF_INET6 ? SocketAddress.HostOf((byte*)&reporter) : null;
        }
    }

    /// <summary>Whether there was an error about the peer since the last call.</summary>
    public bool TakeNews()
    {
        bool hadNews = _hasNews;
        _hasNews = false;
        return hadNews;
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
            if (peer is null || (message.msg_namelen > 0 && peer.IsSameEndpoint((byte*)&destination, message.msg_namelen)))
                Count((int)report->ee_errno, (byte*)(report + 1), (nuint)((byte*)header + header->cmsg_len - (byte*)(report + 1)));
            else
                CountStray();
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
        if (peer is null)
            Count(error, null, 0);
        else
            CountStray();
    }

    private static bool IsReport(cmsghdr* header) =>
        (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) || (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);

    private void CountStray() => Interlocked.Increment(ref counters.StrayReports);

    private void Count(int error, byte* reporter, nuint length)
    {
        _hasNews = true;
        LastError = error;
        _reporter = default;
        length = nuint.Min(length, (nuint)sizeof(sockaddr_in6));
        new Span<byte>(reporter, (int)length).CopyTo(MemoryMarshal.AsBytes(new Span<sockaddr_in6>(ref _reporter)));
        // ENOPROTOOPT is what ICMP protocol unreachable becomes: no raw socket there and no kernel module.
        if (error == ECONNREFUSED || error == ENOPROTOOPT)
            Interlocked.Increment(ref counters.PeerRefused);
        else if (error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN)
            Interlocked.Increment(ref counters.PeerUnreachable);
        else if (error == EMSGSIZE)
            Interlocked.Increment(ref counters.PathMtuExceeded);
        else
            Interlocked.Increment(ref counters.OtherErrors);
    }
}
