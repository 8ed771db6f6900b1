using System.Net;
using System.Net.Sockets;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Addresses and plain sockets on loopback that nobody else uses, also when test runs go on side by side.</summary>
internal static class Loopback
{
    /// <inheritdoc cref="Until.PatienceMilliseconds"/>
    public const int PatienceMilliseconds = Until.PatienceMilliseconds;

    /// <summary>Another 127.x.y. at each call, to be completed by 1..254.</summary>
    public static string NewPrefix() => LoopbackShare.NextPrefix();

    /// <summary>Options for a pseudowire between two new addresses; for IPv6, where loopback has only one, between two new ports.</summary>
    public static L2tpv3Options NewOptions(bool udp = true, bool ipv6 = false)
    {
        string prefix = NewPrefix();
        return PseudowireOptions.Create(udp, ipv6) with
        {
            Source = ipv6 ? "::1" : prefix + "1",
            Destination = ipv6 ? "::1" : prefix + "2",
            SourcePort = udp ? $"{NewPort()}" : null,
            DestinationPort = udp ? $"{NewPort()}" : null,
        };
    }

    /// <summary>A port of this process's own at each call, for what must know the number before anybody is bound to it.</summary>
    public static int NewPort() => LoopbackShare.NextPort();

    /// <summary>The peer's socket for these options.</summary>
    public static Socket PeerOf(L2tpv3Options options) =>
        options.Udp ? Udp(DestinationOf(options)) : Raw(IPAddress.Parse(options.Destination));

    /// <summary>The same with room for some megabytes that nobody reads yet.</summary>
    public static Socket RoomyPeerOf(L2tpv3Options options)
    {
        Socket peer = PeerOf(options);
        peer.SetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, BitConverter.GetBytes(64 << 20));
        return peer;
    }

    public static IPEndPoint SourceOf(L2tpv3Options options) => EndPoint(options.Source, options.SourcePort);

    public static IPEndPoint DestinationOf(L2tpv3Options options) => EndPoint(options.Destination, options.DestinationPort);

    public static Socket Udp(IPEndPoint address) => Bind(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp), address);

    /// <summary>A raw socket; the test is ignored when this user may not have one.</summary>
    public static Socket Raw(IPAddress address, int protocol = Glibc.IPPROTO_L2TP)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("raw sockets need CAP_NET_RAW; run as root");
        // The class library does not know protocol 115.
        int family = address.AddressFamily == AddressFamily.InterNetwork ? LibC.AF_INET : LibC.AF_INET6;
        int descriptor = LibC.socket(family, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, protocol);
        Assert.That(descriptor, Is.Not.Negative, $"errno = {LibC.errno}");
        return Bind(new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)), new IPEndPoint(address, 0));
    }

    /// <summary>
    /// Waits until all that was sent over the loopback interface before has arrived, also what the kernel has put off: it comes before this
    /// datagram of ours. For tests that look at a socket without waiting.
    /// </summary>
    public static void Settle()
    {
        using Socket self = Udp(new IPEndPoint(IPAddress.Loopback, 0));
        self.SendTo([0], self.LocalEndPoint!);
        self.ReceiveDatagram();
    }

    public static byte[] ReceiveDatagram(this Socket socket)
    {
        byte[] buffer = new byte[65535];
        return buffer[..socket.Receive(buffer)];
    }

    private static IPEndPoint EndPoint(string address, string? port) =>
        new(IPAddress.Parse(address), port is null ? 0 : int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));

    private static Socket Bind(Socket socket, IPEndPoint address)
    {
        socket.ReceiveTimeout = Until.PatienceMilliseconds;
        socket.Bind(address);
        return socket;
    }
}
