using QemuL2tp.Datagrams;
using QemuL2tp.Options;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>Opens the socket of a tunnel: resolve <c>src</c>, create, bind; then <c>dst</c> is resolved, in QEMU's order and with its messages.</summary>
internal static unsafe class TunnelSocket
{
    /// <returns>A bound, non-blocking descriptor. It is not connected, so that a peer that is not there yet is no error.</returns>
    /// <exception cref="UserErrorException">The address cannot be resolved or bound, or a privilege is missing.</exception>
    public static int Open(L2tpv3Options options)
    {
        int type = options.Udp ? SOCK_DGRAM : SOCK_RAW;
        int protocol = options.Udp ? 0 : IPPROTO_L2TP;
        using SocketAddress? local = SocketAddress.Resolve(options.Source, options.SourcePort, options.IPv6, type, protocol, out string sourceError);
        if (local is null)
            throw UnresolvedSource(options, sourceError);
        int descriptor = socket(options.IPv6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        if (descriptor < 0)
            throw new UserErrorException($"socket creation failed, errno = {errno}", Remedies.Socket(errno));
        try
        {
            SetOptions(descriptor, options);
            if (bind(descriptor, local.Pointer, local.Length) != 0)
                throw NotBound(errno, options, local);
        }
        catch
        {
            _ = close(descriptor);
            throw;
        }

        return descriptor;
    }

    /// <summary>Where to send: <c>dst</c> and <c>dstport</c>.</summary>
    /// <exception cref="UserErrorException">It cannot be resolved.</exception>
    public static SocketAddress ResolvePeer(L2tpv3Options options) =>
        SocketAddress.Resolve(options.Destination, options.DestinationPort, options.IPv6, options.Udp ? SOCK_DGRAM : SOCK_RAW, options.Udp ? 0 : IPPROTO_L2TP, out string error)
        ?? throw UnresolvedDestination(options, error);

    public static UserErrorException UnresolvedSource(L2tpv3Options options, string error) => new(
        $"could not resolve src, errno = {error}", Remedies.Resolve("src", options.Source, "srcport", options.SourcePort, options.IPv6))
    {
        Option = "src",
        Value = options.Source,
    };

    public static UserErrorException UnresolvedDestination(L2tpv3Options options, string error) => new(
        $"could not resolve dst, error = {error}", Remedies.Resolve("dst", options.Destination, "dstport", options.DestinationPort, options.IPv6))
    {
        Option = "dst",
        Value = options.Destination,
    };

    /// <summary>The number of the interface whose link-local address a socket is bound to; 0: none.</summary>
    public static uint ScopeOf(int bound)
    {
        using var local = SocketAddress.Of(bound);
        return local.Scope;
    }

    /// <summary>The number that the interface of <c>src</c> has now.</summary>
    /// <returns>False while there is none.</returns>
    public static bool TryFindScope(L2tpv3Options options, out uint scope)
    {
        using SocketAddress? local = SocketAddress.Resolve(options.Source, options.SourcePort, options.IPv6, SOCK_DGRAM, 0, out _);
        scope = local?.Scope ?? 0;
        return scope != 0;
    }

    /// <summary>Buffers, reports of errors, fragmentation, checksums.</summary>
    public static void SetOptions(int descriptor, L2tpv3Options options)
    {
        DatagramSocket.EnlargeBuffers(descriptor);
        DatagramSocket.TrySet(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
        if (options.IPv6)
        {
            DatagramSocket.TrySet(descriptor, IPPROTO_IPV6, IPV6_RECVERR, 1);
            // RFC 3931, 4.1.2.3: the peer may leave the UDP checksum out.
            if (options.Udp)
                DatagramSocket.TrySet(descriptor, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
        }
        else
        {
            DatagramSocket.TrySet(descriptor, IPPROTO_IP, IP_RECVERR, 1);
            // Neither we nor QEMU ask for DF: any router on the way may fragment.
            DatagramSocket.TrySet(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
        }
    }

    private static UserErrorException NotBound(int error, L2tpv3Options options, SocketAddress local)
    {
        bool isPort = options.Udp && (error == EADDRINUSE || error == EACCES);
        return new UserErrorException($"could not bind socket err={error}", Remedies.Bind(error, options, local))
        {
            Option = isPort ? "srcport" : "src",
            Value = isPort ? options.SourcePort : options.Source,
        };
    }
}
