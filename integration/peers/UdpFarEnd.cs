using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Integration.Peers;

/// <summary>The far end of a wire over UDP on the loopback, without cookie or counter, for cases that need no machine.</summary>
internal sealed class UdpFarEnd : IDisposable
{
    private const int Header = 8;
    private readonly Wire _wire;
    private readonly UdpClient _socket;

    public UdpFarEnd(Wire wire)
    {
        _wire = wire;
        _socket = new UdpClient(new IPEndPoint(IPAddress.Parse(wire.Remote), wire.RemotePort));
        _socket.Client.ReceiveTimeout = Until.PatienceMilliseconds;
        // The kernel takes as much of it as net.core.rmem_max allows.
        _socket.Client.ReceiveBufferSize = 1 << 20;
    }

    /// <summary>A wire that ends in one of these.</summary>
    public static Wire WireOf(int number) => new(number, Udp: true, Ipv6: false, CookieBytes: 0, Counter: false)
    {
        Local = "127.0.0.1",
        Remote = "127.0.0.1",
    };

    /// <summary>A socket at the far end of a wire, with room for so many bytes whatever the system's limit is.</summary>
    public static Socket Open(Wire wire, int bufferBytes)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        // SO_RCVBUFFORCE.
        socket.SetRawSocketOption(optionLevel: 1, optionName: 33, BitConverter.GetBytes(bufferBytes));
        socket.Bind(new IPEndPoint(IPAddress.Parse(wire.Remote), wire.RemotePort));
        return socket;
    }

    public void Send(ReadOnlySpan<byte> frame) => SendMessage(Datagram(frame));

    /// <summary>Sends a frame so many times in one message, which on the loopback arrives as one (UDP_SEGMENT, UDP_GRO).</summary>
    public void SendSegmented(ReadOnlySpan<byte> frame, int times)
    {
        byte[] datagram = Datagram(frame);
        _socket.Client.SetRawSocketOption(IPPROTO_UDP, UDP_SEGMENT, BitConverter.GetBytes(datagram.Length));
        SendMessage([.. Enumerable.Repeat(datagram, times).SelectMany(each => each)]);
    }

    public byte[] Receive()
    {
        IPEndPoint? from = null;
        return _socket.Receive(ref from)[Header..];
    }

    /// <summary>True when a frame waits, or comes in a moment.</summary>
    public bool HasFrame => _socket.Client.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead);

    private byte[] Datagram(ReadOnlySpan<byte> frame)
    {
        byte[] datagram = new byte[Header + frame.Length];
        BinaryPrimitives.WriteUInt32BigEndian(datagram, 0x00030000);
        BinaryPrimitives.WriteInt32BigEndian(datagram.AsSpan(4), _wire.LocalSession);
        frame.CopyTo(datagram.AsSpan(Header));
        return datagram;
    }

    private void SendMessage(byte[] message) => _socket.Send(message, new IPEndPoint(IPAddress.Parse(_wire.Local), _wire.LocalPort));

    public void Dispose() => _socket.Dispose();
}
