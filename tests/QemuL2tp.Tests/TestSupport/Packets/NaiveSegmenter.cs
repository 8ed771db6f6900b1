using static System.Buffers.Binary.BinaryPrimitives;

namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary>What a guest that is a router makes of a super-frame, from its bytes and its header alone, with nothing of the code under test.</summary>
internal static class NaiveSegmenter
{
    private const byte FinAndPsh = 0x09;
    private const byte Cwr = 0x80;

    /// <summary>The frames that it stands for, complete. Without IP options and extension headers.</summary>
    public static List<byte[]> Cut(byte[] frame, OffloadHeader header)
    {
        int network = 14;
        while (ReadUInt16BigEndian(frame.AsSpan(network - 2)) is 0x8100 or 0x88a8)
            network += 4;
        bool isIPv6 = frame[network] >> 4 == 6, isUdp = header.Type == 5;
        int start = network + (isIPv6 ? 40 : 20);
        int headers = start + (isUdp ? 8 : (frame[start + 12] >> 4) * 4);
        Assert.That(header, Is.EqualTo(new OffloadHeader(1, (byte)(isUdp ? 5 : isIPv6 ? 4 : 1), (ushort)headers, header.Size, (ushort)start, (ushort)(isUdp ? 6 : 16))));
        Assert.That(IpLength(frame, network, isIPv6), Is.EqualTo(frame.Length - network), "the length of all of it");
        Assert.That(ReadUInt16BigEndian(frame.AsSpan(start + header.Offset)), Is.EqualTo(NaiveChecksum.Sum(Pseudo(frame, network, start, isUdp))), "the sum of the pseudo header");

        List<byte[]> segments = [];
        byte[][] pieces = [.. frame[headers..].Chunk(header.Size)];
        for (int i = 0; i < pieces.Length; i++)
        {
            byte[] segment = [.. frame[..headers], .. pieces[i]];
            WriteIp(segment, network, isIPv6, i);
            if (isUdp)
            {
                WriteUInt16BigEndian(segment.AsSpan(start + 4), (ushort)(segment.Length - start));
            }
            else
            {
                WriteUInt32BigEndian(segment.AsSpan(start + 4), ReadUInt32BigEndian(frame.AsSpan(start + 4)) + (uint)(i * header.Size));
                segment[start + 13] &= (byte)((i == pieces.Length - 1 ? 0xff : 0xff - FinAndPsh) & (i == 0 ? 0xff : 0xff - Cwr));
            }

            WriteUInt16BigEndian(segment.AsSpan(start + header.Offset), 0);
            ushort checksum = NaiveChecksum.Of([.. Pseudo(segment, network, start, isUdp), .. segment[start..]]);
            WriteUInt16BigEndian(segment.AsSpan(start + header.Offset), isUdp && checksum == 0 ? (ushort)0xffff : checksum);
            segments.Add(segment);
        }

        return segments;
    }

    private static void WriteIp(byte[] segment, int network, bool isIPv6, int index)
    {
        int length = segment.Length - network;
        if (isIPv6)
        {
            WriteUInt16BigEndian(segment.AsSpan(network + 4), (ushort)(length - 40));
            return;
        }

        WriteUInt16BigEndian(segment.AsSpan(network + 2), (ushort)length);
        WriteUInt16BigEndian(segment.AsSpan(network + 4), (ushort)(ReadUInt16BigEndian(segment.AsSpan(network + 4)) + index));
        WriteUInt16BigEndian(segment.AsSpan(network + 10), 0);
        WriteUInt16BigEndian(segment.AsSpan(network + 10), NaiveChecksum.Of(segment[network..(network + 20)]));
    }

    private static int IpLength(byte[] frame, int network, bool isIPv6) =>
        isIPv6 ? 40 + ReadUInt16BigEndian(frame.AsSpan(network + 4)) : ReadUInt16BigEndian(frame.AsSpan(network + 2));

    private static byte[] Pseudo(byte[] frame, int network, int start, bool isUdp)
    {
        int addresses = network + (frame[network] >> 4 == 6 ? 8 : 12);
        int length = frame.Length - start;
        return [.. frame[addresses..start], 0, isUdp ? (byte)17 : (byte)6, (byte)(length >> 8), (byte)length];
    }
}
