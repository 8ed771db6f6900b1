using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A <see cref="FrameBatch"/> with counters, fed from and read back as byte arrays. Memory stays pinned until disposal.</summary>
internal sealed unsafe class BatchUnderTest(int capacity = FrameBatch.DefaultCapacity) : IDisposable
{
    private readonly List<byte[]> _pinned = [];
    private FrameBatch? _batch;

    public DirectionCounters Counters { get; } = new();

    public FrameBatch Batch => _batch ??= new FrameBatch(Counters, capacity);

    /// <summary>Adds one frame of one or more pieces and returns its index.</summary>
    public int Add(params byte[][] pieces)
    {
        Assert.That(Batch.TryBegin(pieces.Length), Is.True, "the batch is full");
        foreach (byte[] piece in pieces)
        {
            // One byte more, so that empty pieces have an address too.
            byte[] copy = GC.AllocateUninitializedArray<byte>(piece.Length + 1, pinned: true);
            piece.CopyTo(copy, 0);
            _pinned.Add(copy);
            fixed (byte* address = copy)
                Batch.Append(address, piece.Length);
        }

        return Batch.Count - 1;
    }

    /// <summary>Adds one frame with a header in front of it.</summary>
    public void AddWithHeader(byte[] header, params byte[][] pieces)
    {
        int index = Add(pieces);
        byte[] copy = GC.AllocateUninitializedArray<byte>(header.Length + 1, pinned: true);
        header.CopyTo(copy, 0);
        _pinned.Add(copy);
        fixed (byte* address = copy)
            Batch.Prepend(index, address, header.Length);
    }

    /// <summary>What a sink would hand to the kernel for a frame: header and data in one.</summary>
    public byte[] BytesOf(int index)
    {
        FrameFragment* vector = Batch.VectorOf(index, out int count);
        List<byte> bytes = [];
        for (int i = 0; i < count; i++)
            bytes.AddRange(new ReadOnlySpan<byte>(vector[i].Base, (int)vector[i].Length));
        return [.. bytes];
    }

    public FrameVerdict VerdictOf(int index) => Batch[index].Verdict;

    /// <summary>Empties the batch as a sink that takes everything.</summary>
    public void Take() => Batch.RemoveFirst(Batch.Count);

    public void Dispose() => _batch?.Dispose();
}
