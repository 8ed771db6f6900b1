using System.Runtime.InteropServices;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A descriptor chain over memory of its own, each piece a byte array with a guard byte behind it.</summary>
internal sealed unsafe class ChainUnderTest : IDisposable
{
    private const byte Guard = 0xa5;

    private readonly List<nint> _memory = [];

    /// <param name="pieces">The bytes in each piece.</param>
    public ChainUnderTest(params byte[][] pieces)
    {
        foreach (byte[] piece in pieces)
        {
            byte* memory = (byte*)NativeMemory.Alloc((nuint)piece.Length + 1);
            piece.CopyTo(new Span<byte>(memory, piece.Length));
            memory[piece.Length] = Guard;
            _memory.Add((nint)memory);
            Chain.Pieces[Chain.Count++] = new BufferPiece { Base = memory, Length = (uint)piece.Length, GuestAddress = (ulong)_memory.Count << 12 };
            Chain.Length += (ulong)piece.Length;
        }
    }

    public BufferChain Chain { get; } = new();

    /// <summary>What is in the pieces now; fails when something was written behind one of them.</summary>
    public byte[][] Read() => [.. Enumerable.Range(0, Chain.Count).Select(i =>
    {
        ref BufferPiece piece = ref Chain.Pieces[i];
        Assert.That(piece.Base[piece.Length], Is.EqualTo(Guard), $"behind piece {i}");
        return new ReadOnlySpan<byte>(piece.Base, (int)piece.Length).ToArray();
    })];

    public void Dispose()
    {
        _memory.ForEach(memory => NativeMemory.Free((void*)memory));
        Chain.Dispose();
    }
}
