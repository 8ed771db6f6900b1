namespace QemuL2tp.Packets;

/// <summary>What TCP and UDP count in beside themselves: addresses, protocol and length (RFC 9293, 3.1; RFC 768; RFC 8200, 8.1).</summary>
internal static unsafe class PseudoHeader
{
    private const int IPv4Source = 12;
    private const int IPv6Source = 8;

    /// <summary>Its sum, not folded.</summary>
    /// <param name="frame">The frame's headers in one piece.</param>
    /// <param name="headers">Where they are.</param>
    /// <param name="length">Bytes of TCP or UDP, header and payload; 0 to add it later.</param>
    public static uint Sum(byte* frame, in PacketHeaders headers, int length)
    {
        byte* ip = frame + headers.NetworkOffset;
        uint addresses = headers.IsIPv6
            ? Checksum.Sum(ip + IPv6Source, 16) + Checksum.Sum(frame + headers.FinalDestination, 16)
            : Checksum.Sum(ip + IPv4Source, 8);
        return addresses + headers.Protocol + Checksum.SumOf((uint)length);
    }
}
