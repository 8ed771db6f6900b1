using System.Buffers.Binary;

namespace QemuL2tp.Guest.VhostUser.Memory;

/// <summary>
/// A piece of the guest's memory as the front end describes it (vhost-user, "Single memory region description"): four
/// 64-bit fields in this order, 32 bytes.
/// </summary>
/// <param name="GuestAddress">Guest physical address of its first byte; descriptors hold such addresses.</param>
/// <param name="Size">Bytes.</param>
/// <param name="UserAddress">Address of the same byte in QEMU's process; SET_VRING_ADDR holds such addresses.</param>
/// <param name="FileOffset">Where in the descriptor's file the region begins.</param>
internal readonly record struct MemoryRegion(ulong GuestAddress, ulong Size, ulong UserAddress, ulong FileOffset)
{
    /// <summary>Bytes in a message.</summary>
    public const int Length = 32;

    public static MemoryRegion Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));

    public override string ToString() => $"memory region of 0x{Size:x} bytes at guest address 0x{GuestAddress:x}, user address 0x{UserAddress:x}";
}
