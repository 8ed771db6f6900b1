using System.Buffers;

namespace QemuL2tp.Guest.Stream;

/// <summary>Blocks of one size that do not move, so that fragments can point into them. For one thread; keeps every block for the next use.</summary>
internal sealed class PinnedBlockPool : MemoryPool<byte>
{
    /// <summary>Bytes per block: a large read beside the rest of the one before; any record lies in at most two blocks.</summary>
    public const int BlockLength = 256 * 1024;

    private readonly Stack<Block> _free = new();

    public override int MaxBufferSize => BlockLength;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockLength);
        return _free.TryPop(out Block? block) ? block : new Block(_free);
    }

    protected override void Dispose(bool disposing) => _free.Clear();

    private sealed class Block(Stack<Block> pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockLength, pinned: true);

        public void Dispose() => pool.Push(this);
    }
}
