using System.Runtime.InteropServices;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A guest's end of a link without a socket: keeps what it is given, may refuse to take anything, and sends what it is told to.</summary>
internal sealed unsafe class GuestUnderTest : IFramePort, IFrameSource, IFrameSink
{
    private readonly Queue<byte[]> _toSend = new();
    private readonly List<nint> _inBatch = [];
    private bool _takes = true;

    /// <summary>What it was given, in order.</summary>
    public List<byte[]> Frames { get; } = [];

    /// <summary>Frames given; where <see cref="Keeps"/> is off nothing else is known of them.</summary>
    public long Count { get; private set; }

    /// <summary>Off: frames are only counted, and nothing is allocated.</summary>
    public bool Keeps { get; set; } = true;

    /// <summary>Off: its sink is full.</summary>
    public bool Takes
    {
        get => _takes;
        set
        {
            _takes = value;
            if (value)
                Writable.Set();
        }
    }

    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public ReadyFlag Readable { get; } = new();

    public ReadyFlag Writable { get; } = new(isSet: true);

    /// <summary>The guest sends a frame with the next turn.</summary>
    public void Send(byte[] frame)
    {
        _toSend.Enqueue(frame);
        Readable.Set();
    }

    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        // It has nothing to be watched.
    }

    public void WaitForFrames(bool isWaiting)
    {
    }

    public void WaitForRoom(bool isWaiting)
    {
    }

    public bool Fill(FrameBatch batch)
    {
        while (!batch.IsFull && _toSend.TryDequeue(out byte[]? frame))
        {
            byte* memory = (byte*)NativeMemory.Alloc((nuint)frame.Length);
            frame.CopyTo(new Span<byte>(memory, frame.Length));
            _inBatch.Add((nint)memory);
            Assert.That(batch.TryAdd(memory, frame.Length), Is.True);
        }

        return _toSend.Count > 0;
    }

    public void Complete(FrameBatch batch, int done)
    {
        if (done < batch.Origins)
            return;
        foreach (nint memory in _inBatch)
            NativeMemory.Free((void*)memory);
        _inBatch.Clear();
    }

    public int Accept(FrameBatch batch)
    {
        if (!_takes)
            return 0;
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch[i].Verdict != FrameVerdict.Accept)
                continue;
            Count++;
            if (Keeps)
                Frames.Add(new ReadOnlySpan<byte>(batch.DataOf(i)->Base, batch[i].Length).ToArray());
        }

        return batch.Count;
    }

    public void Dispose()
    {
        foreach (nint memory in _inBatch)
            NativeMemory.Free((void*)memory);
        _inBatch.Clear();
    }
}
