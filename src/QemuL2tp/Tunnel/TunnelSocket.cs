using QemuL2tp.Datagrams;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>
/// Opens the socket of a tunnel: read <c>src</c>, create, bind; then <c>dst</c> is read, in QEMU's order and with its messages. Host names
/// were looked up before; one that is still a name has no address yet.
/// </summary>
internal static unsafe class TunnelSocket
{
    /// <param name="options">Those of the tunnel.</param>
    /// <param name="error">The error number of <c>bind</c>, for <see cref="NotBound"/>; 0: <c>src</c> has no address, or its interface no number.</param>
    /// <returns>
    /// A bound, non-blocking descriptor, which is not connected, so that a peer that is not there yet is no error. -1: it cannot be bound.
    /// </returns>
    /// <exception cref="UserErrorException">A privilege is missing, or this process may not have another socket.</exception>
    public static int TryOpen(L2tpv3Options options, out int error)
    {
        using SocketAddress? local = ResolveLocal(options, out _);
        error = 0;
        if (local is null)
            return -1;
        int descriptor = Create(options, TypeOf(options), ProtocolOf(options));
        SetOptions(descriptor, options);
        if (bind(descriptor, local.Pointer, local.Length) == 0)
            return descriptor;
        error = errno;
        _ = close(descriptor);
        return -1;
    }

    /// <summary>A socket of the family that has no address: it holds the place of one that cannot be opened or connected yet. Nothing is sent by it, and it gets nothing.</summary>
    /// <exception cref="UserErrorException">This process may not have another.</exception>
    public static int OpenPlaceholder(L2tpv3Options options) => Create(options, SOCK_DGRAM, 0);

    /// <summary>Where to send: <c>dst</c> and <c>dstport</c>.</summary>
    /// <param name="options">Those of a session.</param>
    /// <param name="error">What <c>gai_strerror</c> says, when null is returned.</param>
    /// <returns>Null: it is no address now.</returns>
    public static SocketAddress? TryResolvePeer(L2tpv3Options options, out string error) =>
        SocketAddress.Resolve(options.Destination, options.DestinationPort, options.IPv6, TypeOf(options), ProtocolOf(options), out error, AI_NUMERICHOST);

    /// <summary>An address that is no host's, for a peer that has none yet.</summary>
    public static SocketAddress Nobody(L2tpv3Options options)
    {
        byte[] nobody = new byte[options.IPv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in)];
        _ = BitConverter.TryWriteBytes(nobody, (ushort)(options.IPv6 ? AF_INET6 : AF_INET));
        return new SocketAddress(nobody);
    }

    /// <summary>Whether <c>src</c> is every address of this host, so that no socket can be connected.</summary>
    public static bool IsAny(L2tpv3Options options)
    {
        using SocketAddress? local = ResolveLocal(options, out _);
        return local is not null && SocketAddress.IsAny((byte*)local.Pointer);
    }

    /// <summary>Why a socket could not be bound.</summary>
    /// <param name="error">As <see cref="TryOpen"/> says.</param>
    /// <param name="options">Those of the tunnel.</param>
    public static UserErrorException NotBound(int error, L2tpv3Options options)
    {
        using SocketAddress? local = ResolveLocal(options, out string unresolved);
        if (local is null)
            return TunnelEnd.Source(options).Unresolved(unresolved);
        if (TunnelEnd.FindMappedSource(options) is { } mistake)
            return mistake;
        bool isPort = options.Udp && (error == EADDRINUSE || error == EACCES);
        return new UserErrorException($"could not bind socket err={error}", Remedies.Bind(error, options, local))
        {
            Option = isPort ? "srcport" : "src",
            Value = isPort ? options.SourcePort : options.Source,
            // ENODEV: the interface of a link-local address has gone.
            IsNotThereYet = error == EADDRNOTAVAIL || error == ENODEV,
        };
    }

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
        using SocketAddress? local = ResolveLocal(options, out _);
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

    private static int TypeOf(L2tpv3Options options) => options.Udp ? SOCK_DGRAM : SOCK_RAW;

    private static int ProtocolOf(L2tpv3Options options) => options.Udp ? 0 : IPPROTO_L2TP;

    private static SocketAddress? ResolveLocal(L2tpv3Options options, out string error) =>
        SocketAddress.Resolve(options.Source, options.SourcePort, options.IPv6, TypeOf(options), ProtocolOf(options), out error, AI_NUMERICHOST);

    private static int Create(L2tpv3Options options, int type, int protocol)
    {
        int descriptor = socket(options.IPv6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        return descriptor >= 0 ? descriptor : throw new UserErrorException($"socket creation failed, errno = {errno}", Remedies.Socket(errno));
    }
}
