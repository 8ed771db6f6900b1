namespace QemuL2tp.Packets;

/// <summary>Why a frame is not what it would have to be, or what its offload fields say that it is.</summary>
internal enum PacketFault : byte
{
    None,

    // Headers. The first three are no mistakes of the sender.

    /// <summary>Neither IPv4 nor IPv6 follows the Ethernet header and up to two VLAN tags.</summary>
    NotIp,

    /// <summary>IP, but neither TCP nor UDP; or an IPv6 extension header that says nothing about its length.</summary>
    NotTcpOrUdp,

    /// <summary>A fragment of an IP packet: the transport header, or what it counts, is elsewhere.</summary>
    IpFragment,

    /// <summary>The frame ends within its headers.</summary>
    HeaderTruncated,

    /// <summary>The headers have more than <see cref="PacketHeaders.MaxLength"/> bytes.</summary>
    HeaderTooLong,

    /// <summary>The version field is not the EtherType's, or the IPv4 header has fewer than 20 bytes (IHL below 5).</summary>
    BadIpHeader,

    /// <summary>The TCP header has fewer than 20 bytes (data offset below 5).</summary>
    BadTcpHeader,

    // What virtio_net_hdr says.

    /// <summary><c>gso_type</c> is unknown, not supported (UFO), or contradicts the headers.</summary>
    BadGsoType,

    /// <summary>A super-frame without NEEDS_CSUM.</summary>
    ChecksumNotRequested,

    /// <summary><c>csum_start</c> or <c>csum_offset</c> lies outside of the frame or contradicts the headers.</summary>
    BadChecksumPlace,

    /// <summary><c>gso_size</c> is 0 or 0xffff, or makes segments that exceed the length field of IP.</summary>
    BadSegmentSize,

    /// <summary>More segments than are allowed.</summary>
    TooManySegments,
}
