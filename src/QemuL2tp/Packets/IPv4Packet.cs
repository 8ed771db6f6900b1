using System.Buffers.Binary;

namespace QemuL2tp.Packets;

/// <summary>What a raw IPv4 socket puts in front of the L2TPv3 message: the IP header (RFC 791, 3.1), options included.</summary>
internal static class IPv4Packet
{
    private const int MinHeaderLength = 20;

    /// <summary>Finds the message between the IP header and the end that the total length field tells.</summary>
    /// <param name="packet">Everything received.</param>
    /// <param name="headerLength">Bytes of IP header: IHL × 4. QEMU assumes 20 and misreads packets with IP options.</param>
    /// <param name="totalLength">
    /// Bytes of the IP packet. Fewer than received means that padding follows, which is no part of the frame.
    /// </param>
    /// <returns>
    /// False when this is no IPv4 header, or when one of its lengths exceeds what was received: a packet that lost its
    /// end is not delivered short.
    /// </returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out int headerLength, out int totalLength)
    {
        headerLength = totalLength = 0;
        if (packet.Length < MinHeaderLength || packet[0] >> 4 != 4)
            return false;
        headerLength = (packet[0] & 0x0f) * 4;
        totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        return headerLength >= MinHeaderLength && headerLength <= totalLength && totalLength <= packet.Length;
    }
}
