using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace QemuL2tp.Integration.Peers;

/// <summary>Listens to an interface of the outer network and keeps the frames that one wire's back end sends over UDP.</summary>
internal sealed class OuterFrames : IDisposable
{
    private const ProtocolType AllProtocols = (ProtocolType)0x0300; // ETH_P_ALL, in network byte order
    private const int UdpDestinationAt = 14 + 20 + 2;
    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, AllProtocols);
    private readonly Thread _receiver;
    private readonly List<byte[]> _frames = [];
    private readonly Wire _wire;
    private readonly int _headerBytes;

    /// <param name="networkInterface">Its name.</param>
    /// <param name="wire">Its packets are told by their destination port.</param>
    public OuterFrames(string networkInterface, Wire wire)
    {
        _wire = wire;
        _headerBytes = 14 + 20 + 8 + 8 + wire.TransmitCookieBytes + (wire.Counter ? 4 : 0);
        _socket.Bind(new LinkEndPoint(networkInterface));
        _receiver = new Thread(Receive) { IsBackground = true, Name = "outer frames" };
        _receiver.Start();
    }

    /// <summary>The inner frames so far.</summary>
    public IReadOnlyList<byte[]> Frames
    {
        get
        {
            lock (_frames)
            {
                return [.. _frames];
            }
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _receiver.Join();
    }

    private void Receive()
    {
        byte[] packet = new byte[65536];
        try
        {
            while (true)
            {
                int length = _socket.Receive(packet);
                bool ours = length > _headerBytes
                    && packet[12] == 0x08 && packet[13] == 0x00
                    && ((packet[UdpDestinationAt] << 8) | packet[UdpDestinationAt + 1]) == _wire.RemotePort;
                if (ours)
                {
                    lock (_frames)
                    {
                        _frames.Add(packet[_headerBytes..length]);
                    }
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    // sockaddr_ll: family, protocol, index of the interface, and what only matters for sending.
    private sealed class LinkEndPoint(string networkInterface) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            int index = NetworkInterface.GetAllNetworkInterfaces().Single(one => one.Name == networkInterface).GetIPProperties().GetIPv6Properties().Index;
            address[2] = 0x00;
            address[3] = 0x03;
            for (int i = 0; i < 4; i++)
            {
                address[4 + i] = (byte)(index >> (8 * i));
            }

            return address;
        }
    }
}
