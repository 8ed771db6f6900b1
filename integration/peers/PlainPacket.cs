using System.Buffers.Binary;

namespace QemuL2tp.Integration.Peers;

/// <summary>Packets for drivers that know of no offloads, byte by byte.</summary>
internal static class PlainPacket
{
    /// <summary>An IPv4 packet without options.</summary>
    public static byte[] Ipv4(byte protocol, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, ReadOnlySpan<byte> payload)
    {
        byte[] header = [0x45, 0, .. Word(20 + payload.Length), 0, 1, 0, 0, 64, protocol, 0, 0, .. from, .. to];
        Word(Checksum(header)).CopyTo(header, 10);
        return [.. header, .. payload];
    }

    /// <summary>A datagram without a checksum, which IPv4 allows.</summary>
    public static byte[] Udp(int from, int to, ReadOnlySpan<byte> payload) => [.. Word(from), .. Word(to), .. Word(8 + payload.Length), 0, 0, .. payload];

    /// <summary>RFC 1071.</summary>
    public static int Checksum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i++)
            sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return ~sum & 0xffff;
    }

    public static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];

    public static int WordAt(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
}
