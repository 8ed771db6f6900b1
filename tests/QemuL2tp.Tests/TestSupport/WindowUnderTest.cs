using System.Buffers.Binary;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>
/// A decapsulator and a resequencer with a batch, a clock and a sink that takes everything. A frame is a mark of four bytes and filler made
/// from it; what the source gave is overwritten after each turn.
/// </summary>
internal sealed unsafe class WindowUnderTest : IDisposable
{
    public const int MinFrameLength = 4;
    private const int HeaderLength = 12;
    private const int MaxFrames = 64;
    private const int Stride = 65536;

    private readonly byte* _source = (byte*)NativeMemory.Alloc(MaxFrames, Stride);
    private readonly FrameBatch _batch;
    private readonly Decapsulator _decapsulator;
    private int _used;

    public WindowUnderTest(int window, int hold = 20, bool dropLate = false, int restartRun = 3)
    {
        L2tpv3Options options = PseudowireOptions.Create(counter: true) with
        {
            ReorderWindow = window,
            ReorderHoldMilliseconds = hold,
            DropLate = dropLate,
            RestartRun = restartRun,
        };
        _decapsulator = new Decapsulator(options);
        Resequencer = new Resequencer(options);
        _batch = new FrameBatch(Counters, 2 * MaxFrames, Resequencer.Reserve(FrameBatch.RoomOf(2 * MaxFrames)));
    }

    public Resequencer Resequencer { get; }
    public DirectionCounters Counters { get; } = new();
    public CounterStatistics Statistics => Resequencer.CounterStatistics;

    /// <summary>In milliseconds; starts anywhere.</summary>
    public long Now { get; set; } = 5_000_000;

    /// <summary>The marks of the frames delivered so far, in order; to be cleared by the test.</summary>
    public List<uint> Delivered { get; } = [];

    public bool IsFull => _batch.IsFull;

    /// <summary>Puts a packet in the batch.</summary>
    /// <param name="word">The counter field.</param>
    /// <param name="mark">Tells the frame from others.</param>
    /// <param name="length">Bytes of the frame; 0: none.</param>
    public void Add(uint word, uint mark, int length = 16)
    {
        byte* packet = _source + (_batch.Count * Stride);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(packet, 4), 0x0003_0000);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(packet + 4, 4), PseudowireOptions.ReceiveSession);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(packet + 8, 4), word);
        if (length > 0)
        {
            *(uint*)(packet + HeaderLength) = mark;
            new Span<byte>(packet + HeaderLength + 4, length - 4).Fill((byte)mark);
        }

        if (!_batch.TryAdd(packet, HeaderLength + length))
            Assert.Fail("the batch is full");
        _used = Math.Max(_used, HeaderLength + length);
    }

    /// <summary>Applies the batch, which may be empty, and delivers what is in it.</summary>
    public void Turn()
    {
        int added = _batch.Count;
        _decapsulator.Apply(_batch, Now);
        Resequencer.Apply(_batch, Now);
        int held = Resequencer.FramesHeld;
        for (int i = 0; i < _batch.Count; i++)
        {
            if (_batch[i].Verdict == FrameVerdict.Accept)
                Deliver(i);
        }

        _batch.RemoveFirst(_batch.Count);
        for (int i = 0; i < added; i++)
            new Span<byte>(_source + (i * Stride), _used).Fill(0xdd);
        _used = 0;
        if (Counters.FramesIn != Counters.FramesOut + Counters.DroppedInAll + held)
            Assert.Fail($"in {Counters.FramesIn}, out {Counters.FramesOut}, dropped {Counters.DroppedInAll}, held {held}");
        if (Resequencer.Due <= Now)
            Assert.Fail("something is still due");
        if ((held == 0) != (Resequencer.Due == long.MaxValue) && held > 0)
            Assert.Fail("frames are held for ever");
    }

    /// <summary>Lets time pass, with a turn at each moment that something is due.</summary>
    public void Wait(int milliseconds)
    {
        long end = Now + milliseconds;
        while (Resequencer.Due <= end)
        {
            Now = Resequencer.Due;
            Turn();
        }

        Now = end;
    }

    public void Dispose()
    {
        Resequencer.Dispose();
        _batch.Dispose();
        NativeMemory.Free(_source);
    }

    private void Deliver(int index)
    {
        FrameFragment* vector = _batch.VectorOf(index, out int count);
        if (count != 1 || _batch[index].Headroom < 4)
            Assert.Fail($"{count} fragments, {_batch[index].Headroom} bytes of headroom");
        var frame = new ReadOnlySpan<byte>(vector->Base, (int)vector->Length);
        uint mark = MemoryMarshal.Read<uint>(frame);
        if (frame.Length != _batch[index].Length || frame[4..].ContainsAnyExcept((byte)mark))
            Assert.Fail($"frame {mark} was changed");
        Delivered.Add(mark);
    }
}
