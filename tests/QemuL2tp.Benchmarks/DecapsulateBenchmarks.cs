using BenchmarkDotNet.Attributes;
using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;

namespace QemuL2tp.Benchmarks;

/// <summary>Time per frame to check a packet and take its header off, in batches of 64. On a busy machine the least of the times tells most.</summary>
[MinColumn]
public class DecapsulateBenchmarks : IDisposable
{
    private readonly PacketSource _packets = new();
    private Decapsulator _decapsulator = null!;
    private Resequencer? _resequencer;

    /// <summary><c>x-reorder-window</c>.</summary>
    [Params(0, 64)]
    public int Window { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        L2tpv3Options options = PacketSource.Options with { ReorderWindow = Window };
        _decapsulator = new Decapsulator(options);
        _resequencer = Resequencer.IsWanted(options) ? new Resequencer(options) : null;
    }

    /// <summary>Filling and emptying the batch alone, to be subtracted.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = PacketSource.Count)]
    public void Batch()
    {
        FrameBatch batch = _packets.FillNumbered();
        batch.RemoveFirst(batch.Count);
    }

    [Benchmark(OperationsPerInvoke = PacketSource.Count)]
    public void InOrder()
    {
        FrameBatch batch = _packets.FillNumbered();
        _decapsulator.Apply(batch, 0);
        _resequencer?.Apply(batch, 0);
        batch.RemoveFirst(batch.Count);
    }

    /// <summary>Every second frame changes places with the one before it.</summary>
    [Benchmark(OperationsPerInvoke = PacketSource.Count)]
    public void Swapped()
    {
        FrameBatch batch = _packets.FillNumbered(swap: 1);
        _decapsulator.Apply(batch, 0);
        _resequencer?.Apply(batch, 0);
        batch.RemoveFirst(batch.Count);
    }

    public void Dispose()
    {
        _resequencer?.Dispose();
        _packets.Dispose();
        GC.SuppressFinalize(this);
    }
}
