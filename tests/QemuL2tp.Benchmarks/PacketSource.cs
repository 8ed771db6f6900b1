using System.Buffers.Binary;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Benchmarks;

/// <summary>64 packets of a QEMU peer over UDP with an 8-byte cookie and a counter, each in a buffer of its own.</summary>
internal sealed unsafe class PacketSource : IDisposable
{
    public const int Count = 64;
    private const int HeaderLength = 20;
    private const int FrameLength = 1514;
    private const int Stride = 2048 + 64;

    private readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(Count, Stride);
    private readonly FrameBatch _batch = new(new DirectionCounters(), 2 * Count);
    private uint _next = 1;

    public PacketSource()
    {
        for (int i = 0; i < Count; i++)
        {
            byte* packet = Packet(i);
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(packet, 4), 0x0003_0000);
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(packet + 4, 4), Options.ReceiveSession);
            BinaryPrimitives.WriteUInt64BigEndian(new Span<byte>(packet + 8, 8), Options.ReceiveCookie);
            new Span<byte>(packet + HeaderLength, FrameLength).Fill((byte)i);
        }
    }

    public static L2tpv3Options Options { get; } = new()
    {
        Id = "net0",
        Source = "127.0.0.1",
        Destination = "127.0.0.2",
        Udp = true,
        TransmitSession = 1,
        ReceiveSession = 2,
        TransmitCookieSize = 8,
        ReceiveCookieSize = 8,
        TransmitCookie = 3,
        ReceiveCookie = 4,
        Counter = true,
    };

    /// <summary>A batch of frames.</summary>
    public FrameBatch Fill()
    {
        for (int i = 0; i < Count; i++)
            _batch.TryAdd(Packet(i) + HeaderLength, FrameLength);
        return _batch;
    }

    /// <summary>A batch of packets with the next numbers.</summary>
    /// <param name="swap">1: each number and the one after it change places.</param>
    public FrameBatch FillNumbered(uint swap = 0)
    {
        for (int i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(Packet(i) + 16, 4), _next + ((uint)i ^ swap));
            _batch.TryAdd(Packet(i), HeaderLength + FrameLength);
        }

        _next += Count;
        return _batch;
    }

    public void Dispose()
    {
        _batch.Dispose();
        NativeMemory.Free(_memory);
    }

    private byte* Packet(int index) => _memory + (index * Stride);
}
