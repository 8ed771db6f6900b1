using QemuL2tp.Packets;

namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary><c>virtio_net_hdr</c> as a driver writes and reads it, byte by byte (virtio 1.3, 5.1.6).</summary>
/// <param name="Flags">1: NEEDS_CSUM, 2: DATA_VALID.</param>
/// <param name="HeaderLength">A hint, which may be anything.</param>
internal sealed record OffloadHeader(byte Flags = 0, byte Type = 0, ushort HeaderLength = 0, ushort Size = 0, ushort Start = 0, ushort Offset = 0)
{
    /// <summary>What a driver says of a super-frame.</summary>
    public static OffloadHeader Of(FrameSpec frame, int size)
    {
        PacketOffload offload = GuestFrame.OffloadOf(frame, size);
        return new(1, (byte)offload.Type, (ushort)frame.HeaderLength, offload.SegmentSize, offload.ChecksumStart, offload.ChecksumOffset);
    }

    /// <summary>What a driver says of a frame that lacks its checksum only.</summary>
    public static OffloadHeader Checksum(FrameSpec frame) => Of(frame, 0) with { Type = 0, HeaderLength = 0 };

    /// <summary>Reads all but the number of buffers.</summary>
    public static OffloadHeader Read(byte[] header) => new(header[0], header[1], Word(header, 2), Word(header, 4), Word(header, 6), Word(header, 8));

    /// <param name="length">12, or 10 for the form without a number of buffers.</param>
    public byte[] Bytes(int length) => [Flags, Type, .. Pair(HeaderLength), .. Pair(Size), .. Pair(Start), .. Pair(Offset), .. new byte[length - 10]];

    private static byte[] Pair(ushort value) => [(byte)value, (byte)(value >> 8)];

    private static ushort Word(byte[] bytes, int at) => (ushort)(bytes[at] | (bytes[at + 1] << 8));
}
