using BenchmarkDotNet.Attributes;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Stream;
using Tmds.Linux;

namespace QemuL2tp.Benchmarks;

/// <summary>
/// Time per frame of 1534 bytes to write the records of QEMU's stream framing to a socket and to read them back, the kernel's
/// part included: 64 frames in one call each way.
/// </summary>
[MinColumn]
public unsafe class FramingBenchmarks : IDisposable
{
    private readonly PacketSource _packets = new();
    private readonly FrameBatch _received = new(new DirectionCounters());
    private readonly RecordWriter _writer = new();
    private readonly RecordReader _reader = new();
    private readonly int[] _pair = new int[2];

    [GlobalSetup]
    public void Setup()
    {
        fixed (int* pair = _pair)
        {
            if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0, pair) != 0)
                throw new InvalidOperationException($"socketpair failed, errno = {LibC.errno}");
        }
    }

    /// <summary>Filling and emptying the batch alone, to be subtracted.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = PacketSource.Count)]
    public void Batch()
    {
        FrameBatch batch = _packets.FillNumbered();
        batch.RemoveFirst(batch.Count);
    }

    [Benchmark(OperationsPerInvoke = PacketSource.Count)]
    public int WriteAndRead()
    {
        FrameBatch batch = _packets.FillNumbered();
        batch.RemoveFirst(_writer.Write(batch, _pair[0], out _));
        _reader.Fill(_received, _pair[1], toTheEnd: false);
        int count = _received.Count;
        _reader.Complete(_received, count);
        _received.RemoveFirst(count);
        return count;
    }

    public void Dispose()
    {
        _ = LibC.close(_pair[0]);
        _ = LibC.close(_pair[1]);
        _writer.Dispose();
        _received.Dispose();
        _packets.Dispose();
        GC.SuppressFinalize(this);
    }
}
