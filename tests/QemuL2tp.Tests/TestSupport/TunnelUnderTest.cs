using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Pseudowire;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A tunnel port with its encapsulation in both directions, driven by hand: no guest, no worker.</summary>
internal sealed class TunnelUnderTest : IDisposable
{
    private readonly Encapsulator _encapsulator;
    private readonly Decapsulator _decapsulator;
    private readonly BatchUnderTest _sending = new();
    private readonly BatchUnderTest _receiving = new(FrameBatch.MaxCapacity);

    public TunnelUnderTest(L2tpv3Options options)
    {
        _encapsulator = new Encapsulator(options);
        _decapsulator = new Decapsulator(options);
        Port = new TunnelPort(options, Log);
    }

    public TunnelPort Port { get; }

    public RecordingLog Log { get; } = new();

    public DirectionCounters Sent => _sending.Counters;

    public DirectionCounters Received => _receiving.Counters;

    /// <summary>Sends one batch, which must not fill the send buffer.</summary>
    public void Send(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
            _sending.Add(frame);
        _encapsulator.Apply(_sending.Batch, 0);
        Assert.That(Port.Sink.Accept(_sending.Batch), Is.EqualTo(frames.Length), "the sink is full");
        _sending.Take();
    }

    /// <summary>Waits until so many datagrams have come, and returns the frames in those that are accepted.</summary>
    public List<byte[]> Receive(int datagrams)
    {
        List<byte[]> frames = [];
        int have = 0;
        Until.True(() => (have += Fill(frames)) >= datagrams, () => $"{have} of {datagrams} datagrams came");
        return frames;
    }

    /// <summary>Asks once for what has come.</summary>
    public int Fill(List<byte[]>? frames = null)
    {
        Port.OnReady(Readiness.Readable); // As the worker says whenever something has come.
        Port.Source.Fill(_receiving.Batch);
        int filled = _receiving.Batch.Count;
        _decapsulator.Apply(_receiving.Batch, 0);
        for (int i = 0; i < filled; i++)
        {
            if (_receiving.VerdictOf(i) == FrameVerdict.Accept)
                frames?.Add(_receiving.BytesOf(i));
        }

        Port.Source.Complete(_receiving.Batch, filled);
        _receiving.Take();
        return filled;
    }

    public void Dispose()
    {
        Port.Dispose();
        _sending.Dispose();
        _receiving.Dispose();
    }
}
