namespace QemuL2tp.Frames;

/// <summary>What the receiver of a frame is told besides its bytes.</summary>
internal enum OffloadKind : byte
{
    /// <summary>Nothing: the frame is complete, and nobody has looked at its checksums.</summary>
    None,

    /// <summary>The frame is complete, and its TCP or UDP checksum is right.</summary>
    Verified,

    /// <summary>A super-frame of TCP over IPv4.</summary>
    Tcp4,

    /// <summary>A super-frame of TCP over IPv6.</summary>
    Tcp6,

    /// <summary>A super-frame of UDP datagrams.</summary>
    Udp,
}

/// <summary>
/// What a stage has done with a frame that is delivered to a guest, as <c>virtio_net_hdr</c> says it (virtio 1.3, 5.1.6). In a super-frame the payloads
/// of consecutive segments are one, and the checksum field has the sum of the pseudo header only. All zero means that the frame is as it came.
/// </summary>
internal struct OffloadState
{
    public OffloadKind Kind;

    /// <summary>Super-frame: where the checksum goes, from <see cref="ChecksumStart"/> on.</summary>
    public byte ChecksumOffset;

    /// <summary>Super-frame: where the bytes begin that the checksum is of, from the frame's first byte on.</summary>
    public ushort ChecksumStart;

    /// <summary>Super-frame: bytes of all headers.</summary>
    public ushort HeaderLength;

    /// <summary>Super-frame: bytes of payload in each segment but the last, which may have fewer.</summary>
    public ushort SegmentSize;

    public readonly bool IsSuperFrame => Kind > OffloadKind.Verified;
}
