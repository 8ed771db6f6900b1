using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using QemuL2tp.Packets;

namespace QemuL2tp.Benchmarks;

/// <summary>Time for the Internet checksum of a piece of memory that is in the cache: by a plain loop of 16-bit words, by words of 64 bits, and by vectors.</summary>
[MinColumn]
public unsafe class ChecksumBenchmarks : IDisposable
{
    private byte* _memory;

    /// <summary>A segment's payload, and a super-frame's.</summary>
    [Params(1500, 65536)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Length + 2, 64);
        new Random(1071).NextBytes(new Span<byte>(_memory, Length + 2));
    }

    [Benchmark(Baseline = true)]
    public uint PlainLoop()
    {
        uint sum = 0;
        ushort* words = (ushort*)(_memory + 2);
        for (int i = 0; i < Length / 2; i++)
            sum += words[i];
        return Checksum.Fold(sum);
    }

    [Benchmark]
    public uint Scalar() => Checksum.SumScalar(_memory + 2, (nuint)Length);

    [Benchmark]
    public uint Vector128() => Checksum.Sum128(_memory + 2, (nuint)Length);

    [Benchmark]
    public uint Vector256() => Checksum.Sum256(_memory + 2, (nuint)Length);

    [Benchmark]
    public uint Vector512() => Checksum.Sum512(_memory + 2, (nuint)Length);

    /// <summary>What this machine uses.</summary>
    [Benchmark]
    public uint Chosen() => Checksum.Sum(_memory + 2, (nuint)Length);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        GC.SuppressFinalize(this);
    }
}
