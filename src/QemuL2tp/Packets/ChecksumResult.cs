namespace QemuL2tp.Packets;

/// <summary>What a received TCP segment or UDP datagram says of itself, compared with what it is.</summary>
internal enum ChecksumResult : byte
{
    /// <summary>A checksum is wrong, or there is none, or a length field contradicts the frame.</summary>
    NotVerified,

    /// <summary>The transport checksum is right. A checksum may be written in a way in which nobody computes it: 0xffff for 0.</summary>
    Verified,

    /// <summary>Also the IPv4 header checksum; both are what computing them anew gives, bit for bit.</summary>
    Exact,
}
