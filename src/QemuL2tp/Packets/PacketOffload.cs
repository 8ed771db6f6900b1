namespace QemuL2tp.Packets;

/// <summary>
/// What <c>virtio_net_hdr</c> says of a frame (virtio 1.3, 5.1.6). <c>hdr_len</c> is not there: only headers that we have read ourselves
/// say how long they are.
/// </summary>
internal struct PacketOffload
{
    private const byte NeedsChecksumFlag = 1;
    private const byte Ecn = 0x80;
    private const byte AccurateEcn = 0x10;

    /// <summary>NEEDS_CSUM: the checksum field holds the sum of the pseudo header, and the rest is still to be added.</summary>
    public bool NeedsChecksum;

    /// <summary>The CWR flag is part of a counter (RFC 9768) and belongs into each segment. Otherwise (RFC 3168) into the first only.</summary>
    public bool IsAccurateEcn;

    /// <summary>Not <see cref="GsoType.None"/>: a super-frame.</summary>
    public GsoType Type;

    /// <summary><c>gso_size</c>: payload bytes of each segment but the last.</summary>
    public ushort SegmentSize;

    /// <summary><c>csum_start</c>: where in the frame the bytes begin that the checksum covers.</summary>
    public ushort ChecksumStart;

    /// <summary><c>csum_offset</c>: where the checksum goes, from <see cref="ChecksumStart"/> on.</summary>
    public ushort ChecksumOffset;

    /// <summary>Reads the fields of the header, which are in the byte order of the processor already.</summary>
    /// <returns><see cref="PacketFault.BadGsoType"/> for a type that nobody knows, or that was never offered (UFO, tunnels).</returns>
    public static PacketFault Read(byte flags, byte gsoType, ushort gsoSize, ushort csumStart, ushort csumOffset, out PacketOffload offload)
    {
        offload = new PacketOffload
        {
            NeedsChecksum = (flags & NeedsChecksumFlag) != 0,
            IsAccurateEcn = (gsoType & AccurateEcn) != 0,
            Type = (GsoType)(gsoType & ~(Ecn | AccurateEcn)),
            SegmentSize = gsoSize,
            ChecksumStart = csumStart,
            ChecksumOffset = csumOffset,
        };
        bool mayHaveEcn = offload.Type is GsoType.Tcp4 or GsoType.Tcp6;
        bool isKnown = mayHaveEcn || gsoType is (byte)GsoType.None or (byte)GsoType.Udp;
        return isKnown ? PacketFault.None : PacketFault.BadGsoType;
    }
}
