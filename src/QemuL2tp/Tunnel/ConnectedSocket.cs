using QemuL2tp.Datagrams;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>
/// A UDP socket with the same address and port as the bound one, connected to the peer. The kernel keeps the route of a connected
/// socket, and gives it the peer's datagrams; those of everybody else go to the bound one and cannot fill this one's buffer.
/// </summary>
internal static unsafe class ConnectedSocket
{
    /// <param name="bound">The bound socket, which nobody else may share.</param>
    /// <param name="connected">The sockets of the same tunnel that are connected to other peers; negative ones are none.</param>
    /// <param name="options">Those of the tunnel.</param>
    /// <param name="peer">The other end.</param>
    /// <returns>A non-blocking descriptor, or -1 where there cannot be one now: the bound one has to do everything.</returns>
    public static int TryOpen(int bound, ReadOnlySpan<int> connected, L2tpv3Options options, SocketAddress peer)
    {
        sockaddr_storage local;
        socklen_t length = sizeof(sockaddr_storage);
        // Connecting would choose one of the host's addresses for good.
        if (getsockname(bound, (sockaddr*)&local, &length) != 0 || SocketAddress.IsAny((byte*)&local))
            return -1;
        int descriptor = socket(peer.Pointer->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0)
            return -1;
        TunnelSocket.SetOptions(descriptor, options);
        // Sharing is for these and for this moment: a second process must find the port in use.
        SetShared(connected, 1);
        bool isConnected = SetShared(bound, 1)
            && SetShared(descriptor, 1)
            && bind(descriptor, (sockaddr*)&local, length) == 0
            && connect(descriptor, peer.Pointer, peer.Length) == 0;
        SetShared(connected, 0);
        _ = SetShared(bound, 0);
        _ = SetShared(descriptor, 0);
        if (isConnected)
            return descriptor;
        // There is no route now, or the peer is a broadcast address.
        _ = close(descriptor);
        return -1;
    }

    private static void SetShared(ReadOnlySpan<int> descriptors, int value)
    {
        foreach (int descriptor in descriptors)
            _ = SetShared(descriptor, value);
    }

    private static bool SetShared(int descriptor, int value) => setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(int)) == 0;
}
