using QemuL2tp.Datagrams;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>What the kernel knows about the MTU of the path from one address to another.</summary>
internal static unsafe class PathMtu
{
    /// <summary>Asks by a UDP socket of its own; nothing is sent.</summary>
    /// <param name="bound">The socket that packets leave from.</param>
    /// <param name="peer">Where they go.</param>
    /// <returns>Bytes of the largest packet, IP header included; <see cref="int.MaxValue"/> when there is no route now.</returns>
    public static int Find(int bound, SocketAddress peer)
    {
        int descriptor = socket(peer.Pointer->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0)
            return int.MaxValue;
        sockaddr_storage local;
        socklen_t localLength = sizeof(sockaddr_storage);
        int mtu = 0;
        socklen_t length = sizeof(int);
        bool isIPv6 = peer.Pointer->sa_family == AF_INET6;
        bool isKnown = getsockname(bound, (sockaddr*)&local, &localLength) == 0
            && BindToAddress(descriptor, &local, localLength)
            && connect(descriptor, peer.Pointer, peer.Length) == 0
            && getsockopt(descriptor, isIPv6 ? IPPROTO_IPV6 : IPPROTO_IP, isIPv6 ? IPV6_MTU : IP_MTU, &mtu, &length) == 0;
        _ = close(descriptor);
        return isKnown ? mtu : int.MaxValue;
    }

    private static bool BindToAddress(int descriptor, sockaddr_storage* local, uint length)
    {
        // Of both families, the port is next to the family. The bound socket has it already.
        ((sockaddr_in*)local)->sin_port = 0;
        return bind(descriptor, (sockaddr*)local, length) == 0;
    }
}
