using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using QemuL2tp.Linux;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Sends ICMP that quotes a packet which was never sent (RFC 792, RFC 4443); for root only.</summary>
internal static class ForgedIcmp
{
    private const int Icmp = 1;
    private const int IcmpV6 = 58;

    /// <summary>"Port unreachable", about a packet from one address and port to another. Port 0: about raw IP.</summary>
    /// <param name="sender">Who says so.</param>
    /// <param name="from">Whose packet it is said to be about; the message goes there.</param>
    /// <param name="to">Where that packet is said to have gone.</param>
    public static void SendPortUnreachable(IPAddress sender, IPEndPoint from, IPEndPoint to)
    {
        bool isIPv6 = sender.AddressFamily == AddressFamily.InterNetworkV6;
        using Socket socket = Loopback.Raw(sender, isIPv6 ? IcmpV6 : Icmp);
        byte protocol = from.Port == 0 ? (byte)Glibc.IPPROTO_L2TP : (byte)LibC.IPPROTO_UDP;
        byte[] addresses = [.. from.Address.GetAddressBytes(), .. to.Address.GetAddressBytes()];
        byte[] ip = isIPv6
            ? [0x60, 0, 0, 0, 0, 16, protocol, 64, .. addresses]
            : [0x45, 0, 0, 36, 0, 1, 0, 0, 64, protocol, 0, 0, .. addresses];
        if (!isIPv6)
            PutChecksum(ip, 10);
        byte[] packet = [(byte)(from.Port >> 8), (byte)from.Port, (byte)(to.Port >> 8), (byte)to.Port, 0, 16, 0, 0, .. new byte[8]];
        // Type and code of both; the kernel fills in ICMPv6's checksum, and not ICMP's.
        byte[] message = [isIPv6 ? (byte)1 : (byte)3, isIPv6 ? (byte)4 : (byte)3, .. new byte[6], .. ip, .. packet];
        if (!isIPv6)
            PutChecksum(message, 2);
        socket.SendTo(message, new IPEndPoint(from.Address, 0));
    }

    private static void PutChecksum(byte[] bytes, int offset)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(i));
        while (sum > ushort.MaxValue)
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(offset), (ushort)~sum);
    }
}
