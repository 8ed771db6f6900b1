using System.Runtime.InteropServices;
using QemuL2tp.Frames;

namespace QemuL2tp.Tunnel;

/// <summary>
/// Copies of packets for a session whose guest does not take its frames now: a ring of <see cref="MaxBytes"/>, allocated with the first
/// packet. A packet that is in a batch keeps its room until the batch is done with.
/// </summary>
internal sealed unsafe class Backlog : IDisposable
{
    /// <summary>Most packets.</summary>
    public const int MaxPackets = 1024;

    /// <summary>Bytes of all packets, with eight more for each, rounded up to a multiple of eight.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Length of a record that only fills the end of the ring.</summary>
    private const int Filler = -1;

    private byte* _memory;

    /// <summary>Bytes ever freed, put into a batch, and added; the place in the ring is what remains after division by its size.</summary>
    private long _freed;
    private long _taken;
    private long _added;
    private int _packets;
    private int _inBatch;

    /// <summary>All that was added is in a batch, or was.</summary>
    public bool IsEmpty => _taken == _added;

    /// <summary>Copies a packet.</summary>
    /// <returns>False when there is no room.</returns>
    public bool TryAdd(byte* packet, int length, bool isForeign)
    {
        int size = SizeOf(length);
        long place = _added % MaxBytes;
        long filler = place + size > MaxBytes ? MaxBytes - place : 0;
        if (_packets == MaxPackets || _added + filler + size - _freed > MaxBytes)
            return false;
        if (_memory == null)
            _memory = (byte*)NativeMemory.Alloc(MaxBytes);
        if (filler > 0)
        {
            HeaderAt(_added)->Length = Filler;
            _added += filler;
        }

        Header* header = HeaderAt(_added);
        *header = new Header { Length = length, IsForeign = isForeign ? 1 : 0 };
        Buffer.MemoryCopy(packet, header + 1, length, length);
        _added += size;
        _packets++;
        return true;
    }

    /// <summary>Adds the oldest packets to a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <returns>False when there was no room for all.</returns>
    public bool Fill(FrameBatch batch)
    {
        while (!IsEmpty)
        {
            Header* header = HeaderAt(_taken);
            if (header->Length == Filler)
            {
                _taken += MaxBytes - (_taken % MaxBytes);
                continue;
            }

            bool isForeign = header->IsForeign != 0;
            if (batch.AddRun((byte*)(header + 1), header->Length, header->Length, isForeign ? FrameSlot.FromUnknown : FrameSlot.FromPeer, isForeign) == 0)
                return false;
            _taken += SizeOf(header->Length);
            _inBatch++;
        }

        return true;
    }

    /// <summary>What was put into batches is done with.</summary>
    public void Free()
    {
        _freed = _taken;
        _packets -= _inBatch;
        _inBatch = 0;
    }

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    private static int SizeOf(int length) => (sizeof(Header) + length + 7) & ~7;

    private Header* HeaderAt(long position) => (Header*)(_memory + (position % MaxBytes));

    /// <summary>In front of each packet, at a multiple of eight bytes.</summary>
    private struct Header
    {
        public int Length;
        public int IsForeign;
    }
}
