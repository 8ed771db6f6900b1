using System.Net;
using System.Net.Sockets;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>The far end of the option differential: catches what a program sends, over UDP or as IP protocol 115.</summary>
internal sealed class OptionCapture : IDisposable
{
    private const int LargestPacket = 65536;

    private readonly Dictionary<OptionWire, Socket> _sockets = [];
    private readonly byte[] _buffer = new byte[LargestPacket];

    public OptionCapture()
    {
        Socket v4 = BoundUdp(IPAddress.Loopback, 0);
        Port = ((IPEndPoint)v4.LocalEndPoint!).Port;
        _sockets[OptionWire.Udp4] = v4;
        _sockets[OptionWire.Udp6] = BoundUdp(IPAddress.IPv6Loopback, Port);
        _sockets[OptionWire.Ip4] = OptionRawSocket.Bound(IPAddress.Parse("127.0.0.2"));
        _sockets[OptionWire.Ip6] = OptionRawSocket.Bound(IPAddress.IPv6Loopback);
    }

    /// <summary>The UDP port of both families, {D} in the option texts.</summary>
    public int Port { get; }

    /// <summary>Forgets what has arrived so far.</summary>
    public void Drain(OptionWire wire)
    {
        while (wire != OptionWire.None && TryReceive(wire, TimeSpan.Zero, out _, out _))
        {
        }
    }

    /// <summary>Waits for one packet.</summary>
    /// <param name="wire">Which socket.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="sourcePort">The UDP port it came from; 0 without UDP.</param>
    /// <param name="payload">What follows the UDP or IP header.</param>
    public bool TryReceive(OptionWire wire, TimeSpan patience, out int sourcePort, out byte[] payload)
    {
        (sourcePort, payload) = (0, []);
        Socket socket = _sockets[wire];
        if (!socket.Poll(patience, SelectMode.SelectRead))
            return false;

        EndPoint from = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        int length = socket.ReceiveFrom(_buffer, ref from);
        sourcePort = wire is OptionWire.Udp4 or OptionWire.Udp6 ? ((IPEndPoint)from).Port : 0;
        int header = wire == OptionWire.Ip4 ? (_buffer[0] & 0xf) * 4 : 0;
        payload = _buffer[header..length];
        return true;
    }

    public void Dispose()
    {
        foreach (Socket socket in _sockets.Values)
            socket.Dispose();
    }

    private static Socket BoundUdp(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    }
}
