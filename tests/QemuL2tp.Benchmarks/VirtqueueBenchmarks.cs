using BenchmarkDotNet.Attributes;
using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;
using Tmds.Linux;

namespace QemuL2tp.Benchmarks;

/// <summary>Time per chain of one descriptor to take, return and publish it, in batches of 64 of a ring of 256. The memory is in the cache of one CPU.</summary>
[MinColumn]
public unsafe class VirtqueueBenchmarks : IDisposable
{
    private const int Count = 64;
    private const int Size = 256;
    private const int MemoryLength = 1 << 20;
    private const int AvailOffset = Size * 16;
    private const int UsedOffset = AvailOffset + 1024;
    private const int BufferOffset = 1 << 16;

    private readonly GuestMemory _memory = new();
    private readonly BufferChain _chain = new();
    private byte* _ring;
    private Virtqueue _queue = null!;
    private ushort _available;
    private int _next;
    private ushort _flags = Descriptor.Available;

    [Params(false, true)]
    public bool IsPacked { get; set; }

    /// <summary>Rings like those of Linux, with event indexes; nobody waits for an event.</summary>
    [GlobalSetup]
    public void Setup()
    {
        byte empty = 0;
        int descriptor = LibC.memfd_create(&empty, LibC.MFD_CLOEXEC);
        using (var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: false))
            RandomAccess.SetLength(handle, MemoryLength);
        _ = _memory.Add(new MemoryRegion(0, MemoryLength, 0, 0), descriptor);
        _ = _memory.Translate(0, 1, out _ring);
        _queue = IsPacked
            ? new PackedVirtqueue(_memory, Size, isReceive: false, Features.EventIndex)
            : new SplitVirtqueue(_memory, Size, isReceive: false, Features.EventIndex);
        string? reason = _queue.Map(new RingAddresses(0, AvailOffset, UsedOffset, false, 0));
        if (reason is not null)
            throw new InvalidOperationException(reason);
        _queue.SetBase(null);
        for (int i = 0; i < Size; i++)
        {
            *(ulong*)(_ring + (i * 16)) = (ulong)(BufferOffset + (i * 2048));
            *(ulong*)(_ring + (i * 16) + 8) = 1526;
            ((ushort*)(_ring + AvailOffset + 4))[i] = (ushort)i;
        }
    }

    /// <summary>The driver's side alone, to be subtracted.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public void MakeAvailable() => Offer();

    [Benchmark(OperationsPerInvoke = Count)]
    public bool TakeReturnPublish()
    {
        Offer();
        for (int i = 0; i < Count; i++)
        {
            if (_queue.TryTake(_chain) != TakeResult.Taken)
                throw new InvalidOperationException();
            _queue.Return(_chain.Id, _chain.Slots, 0);
        }

        return _queue.Publish();
    }

    public void Dispose()
    {
        _memory.Dispose();
        _chain.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Offer()
    {
        if (!IsPacked)
        {
            _available += Count;
            Volatile.Write(ref *(ushort*)(_ring + AvailOffset + 2), _available);
            return;
        }

        for (int i = 0; i < Count; i++)
        {
            byte* at = _ring + (_next * 16);
            *(ulong*)(at + 8) = 1526 | ((ulong)_next << 32) | ((ulong)_flags << 48);
            if (++_next == Size)
            {
                _next = 0;
                _flags ^= Descriptor.Available | Descriptor.Used;
            }
        }
    }
}
