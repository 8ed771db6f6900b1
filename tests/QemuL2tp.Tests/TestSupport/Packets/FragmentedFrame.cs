using System.Runtime.InteropServices;
using QemuL2tp.Packets;

namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary>A frame in fragments that lie apart from one another.</summary>
internal sealed unsafe class FragmentedFrame : IDisposable
{
    private const int Gap = 3;
    private readonly byte* _memory;

    /// <param name="frame">Its bytes.</param>
    /// <param name="cuts">Where fragments end, in ascending order; the same place twice makes an empty one.</param>
    public FragmentedFrame(byte[] frame, params int[] cuts)
    {
        int[] ends = [.. cuts, frame.Length];
        Length = frame.Length;
        Count = ends.Length;
        _memory = (byte*)NativeMemory.Alloc((nuint)(frame.Length + (Gap * Count) + 1));
        Fragments = (PacketFragment*)NativeMemory.Alloc((nuint)Count, (nuint)sizeof(PacketFragment));
        byte* at = _memory;
        for (int i = 0, begin = 0; i < Count; begin = ends[i++])
        {
            Span<byte> piece = frame.AsSpan(begin..ends[i]);
            Fragments[i] = new PacketFragment { Base = at, Length = (nuint)piece.Length };
            piece.CopyTo(new Span<byte>(at, piece.Length));
            at += piece.Length + Gap;
        }
    }

    public PacketFragment* Fragments { get; }
    public int Count { get; }
    public int Length { get; }
    public FragmentReader Reader => new(Fragments, Count);

    /// <summary>Cuts at random places, sometimes the same.</summary>
    public static int[] RandomCuts(FastRandom random, int length, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(length + 1)).Order()];

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        NativeMemory.Free(Fragments);
    }
}
