namespace QemuL2tp.Frames;

/// <summary>How a frame is still to be cut into segments.</summary>
internal enum SegmentType : byte
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>TCP over IPv4.</summary>
    Tcp4,

    /// <summary>TCP over IPv6.</summary>
    Tcp6,

    /// <summary>UDP: each segment a datagram.</summary>
    Udp,
}

/// <summary>
/// What is left to do to a frame before it may leave, as <c>virtio_net_hdr</c> says it (virtio 1.3, 5.1.6): a checksum, and
/// segmentation. All zero means that the frame is complete.
/// </summary>
internal struct OffloadState
{
    public SegmentType SegmentType;

    /// <summary>Bytes of payload in each segment but the last, which may have fewer.</summary>
    public ushort SegmentSize;

    /// <summary>Where the bytes begin that the checksum is of, from the frame's first byte on; 0: no checksum is to be computed.</summary>
    public ushort ChecksumStart;

    /// <summary>Where the checksum goes, from <see cref="ChecksumStart"/> on.</summary>
    public ushort ChecksumOffset;
}
