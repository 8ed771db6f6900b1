using System.Runtime.CompilerServices;
using QemuL2tp.Guest.VhostUser.Memory;

namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>
/// A split virtqueue of n entries (virtio 1.3, 2.7). Descriptor table: n descriptors. Available ring: u16 flags, u16 index,
/// u16 ring[n], u16 used_event. Used ring: u16 flags, u16 index, {u32 id, u32 length} ring[n], u16 avail_event.
/// </summary>
internal sealed unsafe class SplitVirtqueue : Virtqueue
{
    private const int IndexOffset = 2;
    private const int RingOffset = 4;
    private const uint UsedElementSize = 8;

    /// <summary>VIRTQ_AVAIL_F_NO_INTERRUPT and VIRTQ_USED_F_NO_NOTIFY.</summary>
    private const ushort NoNotification = 1;

    private readonly uint _mask;
    private byte* _desc;
    private byte* _avail;
    private byte* _used;
    private ulong _usedGuestAddress;

    /// <summary>The next entry of the available ring to take.</summary>
    private ushort _next;

    /// <summary>The driver's index when it was last looked at.</summary>
    private ushort _available;

    /// <summary>The next entry of the used ring to write.</summary>
    private ushort _returned;

    /// <summary>The used index as the driver sees it.</summary>
    private ushort _published;

    /// <param name="memory">Where the ring and the buffers are.</param>
    /// <param name="size">Entries, a power of two.</param>
    /// <param name="isReceive">The device writes to the buffers.</param>
    /// <param name="features">Virtio features acknowledged.</param>
    public SplitVirtqueue(GuestMemory memory, uint size, bool isReceive, ulong features)
        : base(memory, size, isReceive, features) => _mask = size - 1;

    public override uint Position
    {
        get => _next;
        set => _next = (ushort)value;
    }

    public override uint Base => _next;

    private ushort* UsedEvent => (ushort*)(_avail + RingOffset + (2 * Size));

    private uint AvailEventOffset => RingOffset + (UsedElementSize * Size);

    public override string? Map(in RingAddresses addresses)
    {
        string? reason = null;
        byte* desc = Find("descriptor table", addresses.Desc, Descriptor.Size * Size, 16, ref reason, out _, out _);
        byte* avail = Find("available ring", addresses.Avail, 6 + (2 * Size), 2, ref reason, out _, out _);
        byte* used = Find("used ring", addresses.Used, 6 + (UsedElementSize * Size), 4, ref reason, out _, out bool isWritable);
        if (reason is not null)
            return reason;
        if (!isWritable)
        {
            _ = Break(RingFault.ReadOnlyMemory);
            return null;
        }

        _desc = desc;
        _avail = avail;
        _used = used;
        _usedGuestAddress = addresses.Log;
        return null;
    }

    public override void Unmap() => _desc = _avail = _used = null;

    public override bool IsEmpty => ReadAvailableIndex() == _next;

    public override bool IsAtBeginning => _next == 0;

    public override void SetBase(uint? value)
    {
        _returned = _published = Volatile.Read(ref *(ushort*)(_used + IndexOffset));
        // Buffers come back in order, so what was returned is what was taken. DPDK's virtio-user says 0 whatever was returned before.
        uint position = value is null || (value == 0 && Fits(_returned)) ? _returned : value.Value;
        if (!Fits(position))
        {
            _ = Break(RingFault.BaseOutOfRange);
            position = _returned;
        }

        _next = _available = (ushort)position;
    }

    public override TakeResult TryTake(BufferChain chain)
    {
        if (Fault != RingFault.None)
            return TakeResult.Broken;
        if (_next == _available)
        {
            ushort available = ReadAvailableIndex();
            if (available == _next)
                return TakeResult.Empty;
            if ((ushort)(available - _next) > Size)
                return Break(RingFault.AvailableIndexTooFar);
            _available = available;
        }

        ushort head = Volatile.Read(ref *((ushort*)(_avail + RingOffset) + (_next & _mask)));
        if (head >= Size)
            return Break(RingFault.HeadOutOfRange);
        chain.Clear();
        RingFault fault = Walk(chain, head);
        if (fault != RingFault.None)
            return Break(fault);
        chain.Id = head;
        chain.Slots = 1;
        _next++;
        return TakeResult.Taken;
    }

    public override void Return(ushort id, ushort slots, uint written)
    {
        Unsafe.WriteUnaligned(_used + RingOffset + ((_returned & _mask) * UsedElementSize), id | ((ulong)written << 32));
        _returned++;
    }

    public override bool Publish()
    {
        ushort old = _published;
        ushort now = _returned;
        if (old == now)
            return false;
        Volatile.Write(ref *(ushort*)(_used + IndexOffset), now);
        _published = now;
        if (Log is not null)
            LogReturned(Log, old, now);
        Interlocked.MemoryBarrier();
        return DecideCall((ushort)(now - old));
    }

    public override bool EnableKicks()
    {
        if (HasEventIndex)
            Write(AvailEventOffset, _next);
        else
            Write(0, 0);
        Interlocked.MemoryBarrier();
        return ReadAvailableIndex() != _next;
    }

    public override void DisableKicks()
    {
        // With event indexes, the one written last lies behind: the driver kicks at most once in 65536 buffers.
        if (!HasEventIndex && Volatile.Read(ref *(ushort*)_used) != NoNotification)
            Write(0, NoNotification);
    }

    protected override bool WantsCall(uint published) => HasEventIndex
        ? IsPast(Volatile.Read(ref *UsedEvent), _published, (ushort)(_published - published))
        : (Volatile.Read(ref *(ushort*)_avail) & NoNotification) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ushort ReadAvailableIndex() => Volatile.Read(ref *(ushort*)(_avail + IndexOffset));

    /// <summary>Follows a chain, which may end in an indirect table (2.7.5.3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RingFault Walk(BufferChain chain, uint index)
    {
        byte* table = _desc;
        uint entries = Size;
        uint left = Size;
        // Not told by the table's address: a driver may point to the descriptor table itself.
        bool isIndirect = false;
        while (true)
        {
            Descriptor descriptor = Descriptor.ReadSplit(table + (index * Descriptor.Size));
            if ((descriptor.Flags & Descriptor.Indirect) != 0)
            {
                if (isIndirect)
                    return RingFault.NestedIndirect;
                isIndirect = true;
                RingFault fault = FindTable(chain, descriptor, out table, out entries);
                if (fault != RingFault.None)
                    return fault;
                left = entries;
                index = 0;
                continue;
            }

            RingFault wrong = AddBuffer(chain, descriptor);
            if (wrong != RingFault.None)
                return wrong;
            if ((descriptor.Flags & Descriptor.Next) == 0)
                return CheckLength(chain);
            index = descriptor.Link;
            if (index >= entries)
                return RingFault.NextOutOfRange;
            if (--left == 0)
                return RingFault.ChainTooLong;
        }
    }

    /// <summary>The driver can have offered, and not have got back, what begins there.</summary>
    private bool Fits(uint position) => position <= ushort.MaxValue && (ushort)(ReadAvailableIndex() - position) <= Size;

    private void Write(uint offset, ushort value)
    {
        Volatile.Write(ref *(ushort*)(_used + offset), value);
        Log?.Mark(_usedGuestAddress + offset, sizeof(ushort));
    }

    private void LogReturned(DirtyLog log, ushort old, ushort now)
    {
        uint first = old & _mask;
        uint count = (ushort)(now - old);
        uint untilEnd = Math.Min(count, Size - first);
        log.Mark(_usedGuestAddress + RingOffset + (first * UsedElementSize), untilEnd * UsedElementSize);
        if (untilEnd < count)
            log.Mark(_usedGuestAddress + RingOffset, (count - untilEnd) * UsedElementSize);
        log.Mark(_usedGuestAddress + IndexOffset, sizeof(ushort));
    }
}
