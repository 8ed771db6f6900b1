using System.Runtime.InteropServices;

namespace QemuL2tp.L2tpv3;

/// <summary>
/// Native memory for copies of frames, with <see cref="Headroom"/> bytes in front of each: fixed blocks for frames of
/// usual length, allocated once and touched only when used; longer ones are allocated one by one. What is given back stays
/// as it is until <see cref="Reuse"/>, because a sink may still be about to read it.
/// </summary>
internal sealed unsafe class HeldMemory : IDisposable
{
    /// <summary>Bytes in front of a frame that may be overwritten: the length prefix of the stream framing.</summary>
    public const int Headroom = 4;

    private const int BlockLength = 2048;

    private readonly byte* _blocks;
    private readonly byte* _end;
    private readonly nint[] _free;
    private readonly nint[] _givenBack;
    private int _freeCount;
    private int _givenBackCount;

    /// <param name="frames">Most copies at a time; as many more may be given back.</param>
    public HeldMemory(int frames)
    {
        int count = 2 * frames;
        _blocks = (byte*)NativeMemory.Alloc((nuint)count, BlockLength);
        _end = _blocks + (count * BlockLength);
        _free = new nint[count];
        _givenBack = new nint[count];
        for (byte* block = _blocks; block < _end; block += BlockLength)
            _free[_freeCount++] = (nint)block;
    }

    /// <summary>A copy of a frame.</summary>
    public byte* Copy(byte* frame, int length)
    {
        byte* memory = Headroom + length <= BlockLength
            ? (byte*)_free[--_freeCount]
            : (byte*)NativeMemory.Alloc((nuint)(Headroom + length));
        Buffer.MemoryCopy(frame, memory + Headroom, length, length);
        return memory + Headroom;
    }

    public void GiveBack(byte* copy) => _givenBack[_givenBackCount++] = (nint)(copy - Headroom);

    /// <summary>Makes use of what was given back.</summary>
    public void Reuse()
    {
        while (_givenBackCount > 0)
        {
            nint memory = _givenBack[--_givenBackCount];
            if ((byte*)memory >= _blocks && (byte*)memory < _end)
                _free[_freeCount++] = memory;
            else
                NativeMemory.Free((void*)memory);
        }
    }

    /// <summary>Frees everything but copies that were not given back.</summary>
    public void Dispose()
    {
        Reuse();
        NativeMemory.Free(_blocks);
    }
}
