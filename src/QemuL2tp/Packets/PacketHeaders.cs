using System.Buffers.Binary;

namespace QemuL2tp.Packets;

/// <summary>
/// Where the headers of a frame are: Ethernet, up to two VLAN tags, IPv4 with options (RFC 791) or IPv6 with extension headers (RFC 8200),
/// TCP with options (RFC 9293) or UDP (RFC 768). Offsets are from the frame's first byte on. Length fields other than those that say how
/// long a header is are not checked here.
/// </summary>
internal struct PacketHeaders
{
    /// <summary>Bytes of all headers together at most. The longest without IPv6 extension headers have 142.</summary>
    public const int MaxLength = 256;

    public const byte Tcp = 6;
    public const byte Udp = 17;

    private const int MinIPv4Header = 20;
    private const int IPv6Header = 40;
    private const int MinTcpHeader = 20;
    private const int UdpHeader = 8;

    /// <summary>Whether the network header is IPv6's.</summary>
    public bool IsIPv6;

    /// <summary>IPv4 options or IPv6 extension headers are present.</summary>
    public bool HasOptions;

    /// <summary><see cref="Tcp"/>, <see cref="Udp"/>, or what else follows the network headers.</summary>
    public byte Protocol;

    /// <summary>Where the IP header begins.</summary>
    public ushort NetworkOffset;

    /// <summary>Where TCP or UDP begins.</summary>
    public ushort TransportOffset;

    /// <summary>Bytes of all headers: where the payload begins.</summary>
    public ushort Length;

    /// <summary>Where the IPv6 address stands that the pseudo header takes for the destination: that of the last hop (RFC 8200, 8.1).</summary>
    public ushort FinalDestination;

    /// <summary>Bytes of the IP packet, its header included, as its length field says.</summary>
    public int IpLength;

    public readonly bool IsTcp => Protocol == Tcp;

    /// <summary>Where in the transport header the checksum stands.</summary>
    public readonly int ChecksumOffset => IsTcp ? 16 : 6;

    /// <summary>Bytes of IP headers, options and extension headers included.</summary>
    public readonly int NetworkLength => TransportOffset - NetworkOffset;

    /// <summary>Reads the headers at the beginning of a frame.</summary>
    /// <param name="start">The frame's first bytes in one piece: all of it, or <see cref="MaxLength"/> at least.</param>
    /// <param name="frameLength">Bytes of the frame.</param>
    /// <param name="headers">
    /// What was found. With <see cref="PacketFault.NotIp"/> the network offset is known, with <see cref="PacketFault.NotTcpOrUdp"/> the
    /// protocol and transport offset too. With <see cref="PacketFault.HeaderTooLong"/> the transport header begins at the transport offset
    /// or behind it.
    /// </param>
    /// <returns><see cref="PacketFault.None"/> when it is TCP or UDP.</returns>
    public static PacketFault Parse(ReadOnlySpan<byte> start, int frameLength, out PacketHeaders headers)
    {
        headers = default;
        start = start[..Math.Min(start.Length, MaxLength)];
        int at = 12;
        ushort type;
        for (int tags = 0; ; tags++, at += 4)
        {
            if (at + 2 > start.Length)
                return EndOf(start, frameLength);
            type = BinaryPrimitives.ReadUInt16BigEndian(start[at..]);
            if (tags == 2 || type is not (0x8100 or 0x88a8 or 0x9100))
                break;
        }

        headers.NetworkOffset = (ushort)(at + 2);
        PacketFault fault = type switch
        {
            0x0800 => headers.ParseIPv4(start, frameLength),
            0x86dd => headers.ParseIPv6(start, frameLength),
            _ => PacketFault.NotIp,
        };
        return fault == PacketFault.None ? headers.ParseTransport(start, frameLength) : fault;
    }

    private PacketFault ParseIPv4(ReadOnlySpan<byte> start, int frameLength)
    {
        ReadOnlySpan<byte> ip = start[NetworkOffset..];
        if (ip.Length < MinIPv4Header)
            return EndOf(start, frameLength);
        int length = (ip[0] & 0x0f) * 4;
        if (ip[0] >> 4 != 4 || length < MinIPv4Header)
            return PacketFault.BadIpHeader;
        if (ip.Length < length)
            return EndOf(start, frameLength);
        IpLength = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        HasOptions = length > MinIPv4Header;
        Protocol = ip[9];
        TransportOffset = (ushort)(NetworkOffset + length);
        // More fragments, or an offset.
        return (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3fff) != 0 ? PacketFault.IpFragment : PacketFault.None;
    }

    private PacketFault ParseIPv6(ReadOnlySpan<byte> start, int frameLength)
    {
        const byte hopByHop = 0, routing = 43, fragment = 44, destinationOptions = 60;
        ReadOnlySpan<byte> ip = start[NetworkOffset..];
        if (ip.Length < IPv6Header)
            return EndOf(start, frameLength);
        if (ip[0] >> 4 != 6)
            return PacketFault.BadIpHeader;
        IsIPv6 = true;
        IpLength = IPv6Header + BinaryPrimitives.ReadUInt16BigEndian(ip[4..]);
        FinalDestination = (ushort)(NetworkOffset + 24);
        Protocol = ip[6];
        int at = NetworkOffset + IPv6Header;
        // Each has eight bytes at least, so the walk ends with what is there.
        while (Protocol is hopByHop or routing or destinationOptions)
        {
            TransportOffset = (ushort)at;
            if (start.Length < at + 8)
                return EndOf(start, frameLength);
            int length = (start[at + 1] + 1) * 8;
            if (start.Length < at + length)
                return EndOf(start, frameLength);
            if (Protocol == routing && start[at + 3] != 0 && !FindFinalDestination(start, at, length))
                return PacketFault.BadIpHeader;
            HasOptions = true;
            Protocol = start[at];
            at += length;
        }

        TransportOffset = (ushort)at;
        return Protocol == fragment ? PacketFault.IpFragment : PacketFault.None;
    }

    /// <summary>In a routing header that has segments left.</summary>
    /// <returns>False when its type is unknown, or it has no room for an address.</returns>
    private bool FindFinalDestination(ReadOnlySpan<byte> start, int at, int length)
    {
        const byte sourceRoute = 0, mobility = 2, segmentRouting = 4;
        int? address = start[at + 2] switch
        {
            sourceRoute or mobility => length - 16,
            // RFC 8754, 2: the list begins with the last segment.
            segmentRouting => 8,
            _ => null,
        };
        if (address is not { } offset || offset < 8 || offset + 16 > length)
            return false;
        FinalDestination = (ushort)(at + offset);
        return true;
    }

    private PacketFault ParseTransport(ReadOnlySpan<byte> start, int frameLength)
    {
        if (Protocol is not (Tcp or Udp))
            return PacketFault.NotTcpOrUdp;
        int length = UdpHeader;
        if (IsTcp)
        {
            if (start.Length < TransportOffset + MinTcpHeader)
                return EndOf(start, frameLength);
            length = (start[TransportOffset + 12] >> 4) * 4;
            if (length < MinTcpHeader)
                return PacketFault.BadTcpHeader;
        }

        if (start.Length < TransportOffset + length)
            return EndOf(start, frameLength);
        Length = (ushort)(TransportOffset + length);
        return PacketFault.None;
    }

    private static PacketFault EndOf(ReadOnlySpan<byte> start, int frameLength) =>
        start.Length < frameLength ? PacketFault.HeaderTooLong : PacketFault.HeaderTruncated;
}
