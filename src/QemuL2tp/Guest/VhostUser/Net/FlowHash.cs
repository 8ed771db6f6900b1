using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// A number that is the same for all frames of one flow, to choose the guest's receive queue by: frames of a flow stay in
/// order because they stay in one ring.
/// </summary>
internal static unsafe class FlowHash
{
    private const int EthernetHeader = 14;
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>
    /// Over the addresses, the protocol and the ports of TCP and UDP over IPv4 (unfragmented, at most one VLAN tag) and IPv6 (no extension
    /// headers); over what is there of them otherwise; over the Ethernet addresses for everything else.
    /// </summary>
    /// <param name="frame">The beginning of the frame, in one piece.</param>
    /// <param name="length">Bytes there.</param>
    public static uint Of(byte* frame, uint length)
    {
        uint hash = Combine(frame, length);
        // Few bits differ between flows, and a remainder looks at the lowest ones: each must depend on all (MurmurHash3's last step).
        hash = (hash ^ (hash >> 16)) * 0x85eb_ca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2_ae35;
        return hash ^ (hash >> 16);
    }

    private static uint Combine(byte* frame, uint length)
    {
        if (length < EthernetHeader)
            return 0;
        uint ip = EthernetHeader;
        ushort type = Word(frame + 12);
        if (type == 0x8100 && length >= EthernetHeader + 4)
        {
            type = Word(frame + 16);
            ip += 4;
        }

        if (type == 0x0800 && length >= ip + 20)
            return OfIPv4(frame + ip, length - ip);
        if (type == 0x86dd && length >= ip + 40)
            return OfIPv6(frame + ip, length - ip);
        return Mix(Mix(Mix(0, Long(frame)), Long(frame + 4)), Long(frame + 8));
    }

    private static uint OfIPv4(byte* packet, uint length)
    {
        byte protocol = packet[9];
        uint hash = Mix(Mix(protocol, Long(packet + 12)), Long(packet + 16));
        uint ports = (packet[0] & 15u) * 4;
        bool isFragment = (Word(packet + 6) & 0x3fff) != 0;
        return protocol is Tcp or Udp && !isFragment && length >= ports + 4 ? Mix(hash, Long(packet + ports)) : hash;
    }

    private static uint OfIPv6(byte* packet, uint length)
    {
        byte protocol = packet[6];
        uint hash = protocol;
        for (int i = 8; i < 40; i += 4)
            hash = Mix(hash, Long(packet + i));
        return protocol is Tcp or Udp && length >= 44 ? Mix(hash, Long(packet + 40)) : hash;
    }

    private static ushort Word(byte* at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(at));

    private static uint Long(byte* at) => Unsafe.ReadUnaligned<uint>(at);

    private static uint Mix(uint hash, uint value)
    {
        ulong product = (hash ^ value) * 0x9E37_79B9_7F4A_7C15UL;
        return (uint)(product >> 32) ^ (uint)product;
    }
}
