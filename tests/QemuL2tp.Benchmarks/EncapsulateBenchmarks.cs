using BenchmarkDotNet.Attributes;
using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;

namespace QemuL2tp.Benchmarks;

/// <summary>Time per frame to put the session header in front, in batches of 64.</summary>
public class EncapsulateBenchmarks : IDisposable
{
    private readonly PacketSource _packets = new();
    private Encapsulator _encapsulator = null!;

    [Params(false, true)]
    public bool Rfc3931 { get; set; }

    [GlobalSetup]
    public void Setup() => _encapsulator = new Encapsulator(PacketSource.Options with { Rfc3931Sequencing = Rfc3931 });

    [Benchmark(OperationsPerInvoke = PacketSource.Count)]
    public void Encapsulate()
    {
        FrameBatch batch = _packets.Fill();
        _encapsulator.Apply(batch, 0);
        batch.RemoveFirst(batch.Count);
    }

    public void Dispose()
    {
        _packets.Dispose();
        GC.SuppressFinalize(this);
    }
}
