namespace QemuL2tp.Frames;

/// <summary>
/// What is left to do to a frame before it may leave: the fields of <c>virtio_net_hdr</c> (virtio 1.3, 5.1.6) that
/// ask for a checksum or for segmentation. All zero means that the frame is complete.
/// </summary>
public struct OffloadInfo
{
    public byte Flags;
    public byte GsoType;
    public ushort HeaderLength;
    public ushort SegmentSize;
    public ushort ChecksumStart;
    public ushort ChecksumOffset;
}
