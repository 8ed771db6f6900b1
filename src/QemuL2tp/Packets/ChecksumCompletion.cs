namespace QemuL2tp.Packets;

/// <summary>
/// The checksum that a frame of ordinary size still needs (NEEDS_CSUM). It need not be that of the outer headers: a guest that is the end
/// of a tunnel (VXLAN, GRE) leaves that of the inner ones to us.
/// </summary>
internal static class ChecksumCompletion
{
    private const int UdpChecksumOffset = 6;

    /// <summary>Checks the place and computes the checksum. Nothing is stored: the frame is still the guest's.</summary>
    /// <param name="parsed">What <see cref="PacketHeaders.Parse"/> has said of the frame.</param>
    /// <param name="headers">What it has found.</param>
    /// <param name="offload">With NEEDS_CSUM.</param>
    /// <param name="frame">At the frame's first byte.</param>
    /// <param name="frameLength">Bytes of the frame.</param>
    /// <param name="at">Where in the frame the checksum belongs: two bytes that are both within it.</param>
    /// <param name="checksum">What belongs there, to be stored in network byte order.</param>
    public static PacketFault Compute(
        PacketFault parsed, in PacketHeaders headers, in PacketOffload offload, FragmentReader frame, int frameLength, out int at, out ushort checksum)
    {
        at = offload.ChecksumStart + offload.ChecksumOffset;
        checksum = 0;
        if (parsed is not (PacketFault.None or PacketFault.NotIp or PacketFault.NotTcpOrUdp or PacketFault.HeaderTooLong))
            return parsed;
        if (at + 2 > frameLength || !IsPlausible(parsed, headers, offload))
            return PacketFault.BadChecksumPlace;

        frame.Skip(offload.ChecksumStart);
        // The field is part of it: it holds the sum of the pseudo header.
        checksum = Checksum.Finish(frame.Sum((nuint)(frameLength - offload.ChecksumStart)));
        // In UDP 0 means that there is no checksum (RFC 768).
        if (checksum == 0 && offload.ChecksumOffset == UdpChecksumOffset)
            checksum = 0xffff;
        return PacketFault.None;
    }

    private static bool IsPlausible(PacketFault parsed, in PacketHeaders headers, in PacketOffload offload)
    {
        if (parsed == PacketFault.NotIp)
            return offload.ChecksumStart >= headers.NetworkOffset;
        if (parsed is PacketFault.NotTcpOrUdp or PacketFault.HeaderTooLong)
            return offload.ChecksumStart >= headers.TransportOffset;
        if (offload.ChecksumStart == headers.TransportOffset)
            return offload.ChecksumOffset == headers.ChecksumOffset;
        // What UDP carries may have headers of its own.
        return !headers.IsTcp && offload.ChecksumStart >= headers.Length;
    }
}
