using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A tunnel port with its encapsulation in both directions, driven by hand: no guest, no worker.</summary>
internal sealed class TunnelUnderTest : IDisposable
{
    private readonly Encapsulator _encapsulator;
    private readonly Decapsulator _decapsulator;
    private readonly BatchUnderTest _sending = new();
    private readonly BatchUnderTest _receiving = new(FrameBatch.MaxCapacity);
    private ManualLoop? _loop;

    public TunnelUnderTest(L2tpv3Options options)
    {
        _encapsulator = new Encapsulator(options);
        _decapsulator = new Decapsulator(options);
        Port = TunnelSession.OpenAlone(options, Log);
    }

    public TunnelSession Port { get; }

    /// <summary>What arrived at the tunnel, and what of it was no session's.</summary>
    public DirectionCounters Tunnel => Port.TunnelReceived;

    public RecordingLog Log { get; } = new();

    public DirectionCounters Sent => _sending.Counters;

    public DirectionCounters Received => _receiving.Counters;

    /// <summary>A tunnel's socket alone, and where its packets go.</summary>
    public static int OpenSocket(L2tpv3Options options, out SocketAddress peer)
    {
        int descriptor = TunnelSocket.TryOpen(options, out int bindError);
        if (descriptor < 0)
            throw TunnelSocket.NotBound(bindError, options);
        try
        {
            peer = TunnelSocket.TryResolvePeer(options, out string error) ?? throw TunnelEnd.Destination(options).Unresolved(error);
            return descriptor;
        }
        catch
        {
            _ = LibC.close(descriptor);
            throw;
        }
    }

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

    /// <summary>Tells the tunnel once what is ready, errors too, as a worker does.</summary>
    public void TakeReady()
    {
        if (_loop is null)
        {
            _loop = new ManualLoop();
            Port.Attach(_loop, _loop);
        }

        _loop.TurnOnce();
    }

    /// <summary>Asks once for what has come.</summary>
    /// <returns>Datagrams, those of no session included.</returns>
    public int Fill(List<byte[]>? frames = null)
    {
        Port.OnReadable(); // As the tunnel says whenever something has come.
        long refused = Tunnel.DroppedInAll;
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
        return filled + (int)(Tunnel.DroppedInAll - refused);
    }

    public void Dispose()
    {
        Port.Dispose();
        _sending.Dispose();
        _receiving.Dispose();
    }
}
