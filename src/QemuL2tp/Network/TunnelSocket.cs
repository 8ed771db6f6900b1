using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Network;

/// <summary>Opens the socket of a pseudowire: resolve <c>src</c>, create, bind, resolve <c>dst</c>, in QEMU's order and with its messages.</summary>
internal static unsafe class TunnelSocket
{
    /// <summary>Asked of the kernel for each direction, in bytes: some milliseconds of a fast link.</summary>
    private const int BufferBytes = 7 << 20;

    /// <param name="peer">Where to send: <c>dst</c> and <c>dstport</c>.</param>
    /// <returns>A bound, non-blocking descriptor. It is not connected, so that a peer that is not there yet is no error.</returns>
    /// <exception cref="UserErrorException">An address cannot be resolved or bound, or a privilege is missing.</exception>
    public static int Open(L2tpv3Options options, out SocketAddress peer)
    {
        int type = options.Udp ? SOCK_DGRAM : SOCK_RAW;
        int protocol = options.Udp ? 0 : IPPROTO_L2TP;
        using SocketAddress? local = SocketAddress.Resolve(options.Source, options.SourcePort, options.IPv6, type, protocol, out string sourceError);
        if (local is null)
            throw new UserErrorException($"could not resolve src, errno = {sourceError}", Remedies.Resolve("src", options.Source, "srcport", options.SourcePort, options.IPv6));
        int descriptor = socket(options.IPv6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        if (descriptor < 0)
            throw new UserErrorException($"socket creation failed, errno = {errno}", Remedies.Socket(errno));
        try
        {
            SetOptions(descriptor, options);
            if (bind(descriptor, local.Pointer, local.Length) != 0)
                throw new UserErrorException($"could not bind socket err={errno}", Remedies.Bind(errno, options));
            peer = SocketAddress.Resolve(options.Destination, options.DestinationPort, options.IPv6, type, protocol, out string destinationError)
                ?? throw new UserErrorException($"could not resolve dst, error = {destinationError}", Remedies.Resolve("dst", options.Destination, "dstport", options.DestinationPort, options.IPv6));
        }
        catch
        {
            _ = close(descriptor);
            throw;
        }

        return descriptor;
    }

    /// <summary>Another descriptor of the same socket, so that each direction has one that it alone watches.</summary>
    /// <exception cref="UserErrorException">This process may not have another.</exception>
    public static int Duplicate(int descriptor)
    {
        int duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
        return duplicate >= 0 ? duplicate : throw new UserErrorException($"Failed to duplicate a descriptor, errno = {errno}", "raise this process's limit of open files (ulimit -n)");
    }

    /// <summary>Buffers, reports of errors, fragmentation, checksums.</summary>
    public static void SetOptions(int descriptor, L2tpv3Options options)
    {
        // The FORCE variants pass the system's limits but need CAP_NET_ADMIN; the plain ones take what is allowed.
        if (!TrySet(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, BufferBytes))
            TrySet(descriptor, SOL_SOCKET, SO_RCVBUF, BufferBytes);
        if (!TrySet(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, BufferBytes))
            TrySet(descriptor, SOL_SOCKET, SO_SNDBUF, BufferBytes);
        TrySet(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
        if (options.IPv6)
        {
            TrySet(descriptor, IPPROTO_IPV6, IPV6_RECVERR, 1);
            // RFC 3931, 4.1.2.3: the peer may leave the UDP checksum out.
            if (options.Udp)
                TrySet(descriptor, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
        }
        else
        {
            TrySet(descriptor, IPPROTO_IP, IP_RECVERR, 1);
            // Neither we nor QEMU ask for DF: any router on the way may fragment.
            TrySet(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
        }
    }

    private static bool TrySet(int descriptor, int level, int name, int value) =>
        setsockopt(descriptor, level, name, &value, sizeof(int)) == 0;
}
