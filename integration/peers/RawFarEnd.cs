using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Integration.Peers;

/// <summary>The far end of many wires over raw IP on the loopback, without cookie or counter: one socket for all.</summary>
internal sealed class RawFarEnd : IDisposable
{
    private const int IPHeader = 20;
    private const int Header = IPHeader + sizeof(uint);

    private readonly Socket _socket;

    public RawFarEnd()
    {
        // The class library does not know protocol 115.
        _socket = new Socket(new SafeSocketHandle(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_L2TP), ownsHandle: true)) { ReceiveTimeout = Until.PatienceMilliseconds };
        _socket.Bind(new IPEndPoint(IPAddress.Parse(WireOf(0).Remote), 0));
    }

    /// <summary>A wire that ends here.</summary>
    public static Wire WireOf(int number) => new(number, Udp: false, Ipv6: false, CookieBytes: 0, Counter: false)
    {
        Local = "127.0.0.1",
        Remote = "127.0.0.2",
    };

    public void Send(Wire wire, ReadOnlySpan<byte> frame)
    {
        byte[] packet = new byte[sizeof(uint) + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, wire.LocalSession);
        frame.CopyTo(packet.AsSpan(sizeof(uint)));
        _socket.SendTo(packet, new IPEndPoint(IPAddress.Parse(wire.Local), 0));
    }

    /// <summary>The next frame and the session that it came in.</summary>
    public (int Session, byte[] Frame) Receive()
    {
        byte[] packet = new byte[65535];
        int length = _socket.Receive(packet);
        return (BinaryPrimitives.ReadInt32BigEndian(packet.AsSpan(IPHeader)), packet[Header..length]);
    }

    public void Dispose() => _socket.Dispose();
}
