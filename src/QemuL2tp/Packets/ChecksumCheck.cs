using System.Buffers.Binary;

namespace QemuL2tp.Packets;

/// <summary>Verifies the checksums of a received frame.</summary>
internal static unsafe class ChecksumCheck
{
    /// <summary>Looks at the whole of an IP packet; what follows it in the frame is padding.</summary>
    /// <param name="start">The frame's headers in one piece.</param>
    /// <param name="headers"><see cref="PacketHeaders.Parse"/> found no fault.</param>
    /// <param name="frame">At the frame's first byte.</param>
    /// <param name="frameLength">Bytes of the frame.</param>
    public static ChecksumResult Of(byte* start, in PacketHeaders headers, FragmentReader frame, int frameLength)
    {
        int length = headers.NetworkOffset + headers.IpLength - headers.TransportOffset;
        if (headers.TransportOffset + length > frameLength || headers.TransportOffset + length < headers.Length)
            return ChecksumResult.NotVerified;
        ushort checksum = WordAt(start + headers.TransportOffset + headers.ChecksumOffset);
        if (!headers.IsTcp && (checksum == 0 || WordAt(start + headers.TransportOffset + 4) != length))
            return ChecksumResult.NotVerified;

        frame.Skip(headers.TransportOffset);
        if (Checksum.Finish(PseudoHeader.Sum(start, headers, length) + frame.Sum((nuint)length)) != 0)
            return ChecksumResult.NotVerified;
        bool isExact = (!headers.IsTcp || checksum != 0xffff) && (headers.IsIPv6 || IsIPv4HeaderExact(start, headers));
        return isExact ? ChecksumResult.Exact : ChecksumResult.Verified;
    }

    private static bool IsIPv4HeaderExact(byte* start, in PacketHeaders headers)
    {
        byte* ip = start + headers.NetworkOffset;
        return Checksum.Finish(Checksum.Sum(ip, (nuint)headers.NetworkLength)) == 0 && WordAt(ip + 10) != 0xffff;
    }

    private static ushort WordAt(byte* at) => BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(at, 2));
}
