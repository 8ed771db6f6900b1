using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>A contiguous piece of a buffer that the driver made available.</summary>
internal unsafe struct BufferPiece
{
    /// <summary>Where it is in this process.</summary>
    public byte* Base;

    /// <summary>Bytes, at least 1.</summary>
    public uint Length;

    /// <summary>Its guest physical address, for the dirty log.</summary>
    public ulong GuestAddress;
}

/// <summary>One descriptor chain, read once from the ring into memory of our own; filled by <see cref="Virtqueue.TryTake"/>.</summary>
internal sealed unsafe class BufferChain : IDisposable
{
    /// <summary>Most pieces of a chain: one for each descriptor of the largest queue, and some for buffers that cross regions.</summary>
    public const int MaxPieces = (int)Vring.MaxSize + 1024;

    /// <summary>The pieces in order; those of no length are left out.</summary>
    public readonly BufferPiece* Pieces = (BufferPiece*)NativeMemory.Alloc(MaxPieces, (nuint)sizeof(BufferPiece));

    /// <summary>Room for an indirect table that crosses regions, so that it can be read in one piece.</summary>
    internal readonly byte* TableCopy = (byte*)NativeMemory.Alloc(Vring.MaxSize, Descriptor.Size);

    /// <summary>Pieces.</summary>
    public int Count;

    /// <summary>Bytes in all pieces.</summary>
    public ulong Length;

    /// <summary>It is to be written to, and some piece may only be read.</summary>
    public bool IsReadOnly;

    /// <summary>What the driver knows the buffer by: head index (split), buffer id (packed).</summary>
    public ushort Id;

    /// <summary>Entries of the ring that it takes up: 1 (split), the descriptors of the chain outside of an indirect table (packed).</summary>
    public ushort Slots;

    public void Dispose()
    {
        NativeMemory.Free(Pieces);
        NativeMemory.Free(TableCopy);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Clear()
    {
        Count = 0;
        Length = 0;
        IsReadOnly = false;
    }

    /// <summary>There must be room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(byte* host, uint length, ulong guestAddress)
    {
        BufferPiece* piece = Pieces + Count++;
        piece->Base = host;
        piece->Length = length;
        piece->GuestAddress = guestAddress;
        Length += length;
    }
}
