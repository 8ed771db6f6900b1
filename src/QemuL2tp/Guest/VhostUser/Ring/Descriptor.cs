using System.Runtime.CompilerServices;

namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>
/// A descriptor, copied once out of guest memory; 16 bytes, little endian. Split (virtio 1.3, 2.7.5): u64 address, u32
/// length, u16 flags, u16 next. Packed (2.8.13): u64 address, u32 length, u16 id, u16 flags.
/// </summary>
internal readonly unsafe struct Descriptor
{
    /// <summary>Bytes of a descriptor.</summary>
    public const uint Size = 16;

    /// <summary>Where the flags of a packed descriptor are.</summary>
    public const int PackedFlagsOffset = 14;

    // Flags.
    public const ushort Next = 1;
    public const ushort Write = 2;
    public const ushort Indirect = 4;
    public const ushort Available = 1 << 7;
    public const ushort Used = 1 << 15;

    public readonly ulong Address;
    public readonly uint Length;
    public readonly ushort Flags;

    /// <summary>The next descriptor (split) or the buffer id (packed).</summary>
    public readonly ushort Link;

    private Descriptor(ulong address, uint length, ushort flags, ushort link)
    {
        Address = address;
        Length = length;
        Flags = flags;
        Link = link;
    }

    // Each half is read by one access; a table need not be aligned.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Descriptor ReadSplit(byte* at)
    {
        ulong address = Unsafe.ReadUnaligned<ulong>(at);
        ulong rest = Unsafe.ReadUnaligned<ulong>(at + 8);
        return new Descriptor(address, (uint)rest, flags: (ushort)(rest >> 32), link: (ushort)(rest >> 48));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Descriptor ReadPacked(byte* at)
    {
        ulong address = Unsafe.ReadUnaligned<ulong>(at);
        ulong rest = Unsafe.ReadUnaligned<ulong>(at + 8);
        return new Descriptor(address, (uint)rest, flags: (ushort)(rest >> 48), link: (ushort)(rest >> 32));
    }

    /// <summary>As <see cref="ReadPacked(byte*)"/>, with the flags that said that it is available.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Descriptor ReadPacked(byte* at, ushort flags)
    {
        ulong address = Unsafe.ReadUnaligned<ulong>(at);
        ulong rest = Unsafe.ReadUnaligned<ulong>(at + 8);
        return new Descriptor(address, (uint)rest, flags, link: (ushort)(rest >> 32));
    }
}
