using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using QemuL2tp.Frames;

namespace QemuL2tp.Benchmarks;

/// <summary>Time per frame to divide a message that the kernel put together (UDP_GRO) into 64 frames of a batch.</summary>
[MinColumn]
public unsafe class DivideBenchmarks : IDisposable
{
    private const int Count = 64;
    private const int Step = 76;

    private readonly FrameBatch _batch = new(new DirectionCounters(), FrameBatch.MaxCapacity);
    private readonly byte* _message = (byte*)NativeMemory.AllocZeroed(Count * Step);

    [Benchmark(OperationsPerInvoke = Count)]
    public void Divide()
    {
        _batch.AddRun(_message, Count * Step, Step, 0, isForeign: false);
        _batch.RemoveFirst(_batch.Count);
    }

    public void Dispose()
    {
        _batch.Dispose();
        NativeMemory.Free(_message);
        GC.SuppressFinalize(this);
    }
}
