using System.Runtime.CompilerServices;
using QemuL2tp.Guest.VhostUser.Memory;

namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>
/// A packed virtqueue of n entries (virtio 1.3, 2.8): one ring of n descriptors, which the device overwrites with used ones,
/// and two event suppression structures of u16 offset (bits 0-14) and wrap counter (bit 15), u16 flags. A position is an index
/// into the ring (bits 0-14) and a wrap counter (bit 15), both of which begin anew after n entries.
/// </summary>
internal sealed unsafe class PackedVirtqueue : Virtqueue
{
    /// <summary>The base of a ring not used before: index 0 and wrap counter 1, in both halves.</summary>
    public const uint FirstBase = (WrapBit << 16) | WrapBit;

    private const ushort AvailableAndUsed = Descriptor.Available | Descriptor.Used;
    private const uint WrapBit = 1 << 15;
    private const uint IndexMask = WrapBit - 1;
    private const int UsedLengthOffset = 8;
    private const int UsedIdOffset = 12;
    private const uint EventSize = 4;

    // Event suppression flags (2.8.10).
    private const uint EventsDisabled = 1;
    private const uint EventAtDescriptor = 2;

    private byte* _ring;
    private byte* _driverEvent;
    private byte* _deviceEvent;
    private ulong _ringGuestAddress;
    private ulong _deviceEventGuestAddress;

    /// <summary>The next descriptor to take.</summary>
    private uint _next;

    /// <summary>AVAIL and USED of a descriptor that is available there: AVAIL is the wrap counter, USED the opposite.</summary>
    private ushort _availableFlags;

    /// <summary>The next descriptor to overwrite.</summary>
    private uint _used;

    /// <summary>AVAIL and USED of a descriptor that is used there: both are the wrap counter.</summary>
    private ushort _usedFlags;

    /// <summary>Descriptors returned and not yet published.</summary>
    private uint _returned;

    /// <summary>The first of them, whose flags let the driver see all.</summary>
    private uint _firstReturned;
    private ushort _firstFlags;

    /// <param name="memory">Where the ring and the buffers are.</param>
    /// <param name="size">Entries.</param>
    /// <param name="isReceive">The device writes to the buffers.</param>
    /// <param name="features">Virtio features acknowledged.</param>
    public PackedVirtqueue(GuestMemory memory, uint size, bool isReceive, ulong features)
        : base(memory, size, isReceive, features)
    {
    }

    public override uint Position
    {
        get => _next | (_availableFlags == Descriptor.Available ? WrapBit : 0);
        set
        {
            _next = value & IndexMask;
            _availableFlags = (value & WrapBit) != 0 ? Descriptor.Available : Descriptor.Used;
        }
    }

    public override uint Base => Position | (_used << 16) | (_usedFlags != 0 ? WrapBit << 16 : 0);

    public override string? Map(in RingAddresses addresses)
    {
        string? reason = null;
        byte* ring = Find("descriptor ring", addresses.Desc, Descriptor.Size * Size, 16, ref reason, out ulong ringGuestAddress, out bool isRingWritable);
        byte* driverEvent = Find("driver event suppression structure", addresses.Avail, EventSize, 4, ref reason, out _, out _);
        byte* deviceEvent = Find("device event suppression structure", addresses.Used, EventSize, 4, ref reason, out ulong deviceEventGuestAddress, out bool isEventWritable);
        if (reason is not null)
            return reason;
        if (!isRingWritable || !isEventWritable)
        {
            _ = Break(RingFault.ReadOnlyMemory);
            return null;
        }

        _ring = ring;
        _driverEvent = driverEvent;
        _deviceEvent = deviceEvent;
        _ringGuestAddress = ringGuestAddress;
        _deviceEventGuestAddress = deviceEventGuestAddress;
        return null;
    }

    public override void Unmap() => _ring = _driverEvent = _deviceEvent = null;

    public override bool IsEmpty => !IsAvailable(out _);

    public override bool IsAtBeginning => Position == WrapBit;

    public override void SetBase(uint? value)
    {
        uint position = (value ?? FirstBase) & 0xFFFF;
        if ((position & IndexMask) >= Size)
        {
            _ = Break(RingFault.BaseOutOfRange);
            position = WrapBit;
        }

        Position = position;
        // The upper half would be the used index and its wrap counter. Buffers come back in order, so they follow the lower
        // half; DPDK's virtio-user, for one, leaves the upper half 0.
        _used = _next;
        _usedFlags = (position & WrapBit) != 0 ? AvailableAndUsed : (ushort)0;
    }

    public override TakeResult TryTake(BufferChain chain)
    {
        if (Fault != RingFault.None)
            return TakeResult.Broken;
        if (!IsAvailable(out ushort flags))
            return TakeResult.Empty;
        chain.Clear();
        RingFault fault = Walk(chain, flags);
        if (fault != RingFault.None)
            return Break(fault);
        _next += chain.Slots;
        if (_next >= Size)
        {
            _next -= Size;
            _availableFlags ^= AvailableAndUsed;
        }

        return TakeResult.Taken;
    }

    public override void Return(ushort id, ushort slots, uint written)
    {
        byte* at = _ring + (_used * Descriptor.Size);
        *(uint*)(at + UsedLengthOffset) = written;
        *(ushort*)(at + UsedIdOffset) = id;
        // WRITE in a used descriptor says that the length counts (2.8.4).
        ushort flags = (ushort)(_usedFlags | (written != 0 ? Descriptor.Write : 0));
        if (_returned == 0)
        {
            _firstReturned = _used;
            _firstFlags = flags;
        }
        else
        {
            *(ushort*)(at + Descriptor.PackedFlagsOffset) = flags;
        }

        _returned += slots;
        _used += slots;
        if (_used >= Size)
        {
            _used -= Size;
            _usedFlags ^= AvailableAndUsed;
        }
    }

    public override bool Publish()
    {
        if (_returned == 0)
            return false;
        Volatile.Write(ref FlagsAt(_firstReturned), _firstFlags);
        if (Log is not null)
            LogReturned(Log);
        uint returned = _returned;
        _returned = 0;
        Interlocked.MemoryBarrier();
        return DecideCall(returned);
    }

    public override bool EnableKicks()
    {
        WriteEvent(HasEventIndex ? Position | (EventAtDescriptor << 16) : 0);
        Interlocked.MemoryBarrier();
        return IsAvailable(out _);
    }

    public override void DisableKicks()
    {
        if (Volatile.Read(ref *(uint*)_deviceEvent) != EventsDisabled << 16)
            WriteEvent(EventsDisabled << 16);
    }

    protected override bool WantsCall(uint published)
    {
        uint driverEvent = Volatile.Read(ref *(uint*)_driverEvent);
        uint flags = (driverEvent >> 16) & 3;
        if (flags != EventAtDescriptor || !HasEventIndex)
            return flags != EventsDisabled;
        uint waitedFor = driverEvent & IndexMask;
        // With the other wrap counter it means the round before.
        if (((driverEvent & WrapBit) != 0) != (_usedFlags != 0))
            waitedFor -= Size;
        return IsPast((ushort)waitedFor, (ushort)_used, (ushort)(_used - published));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ushort FlagsAt(uint index) => ref *(ushort*)(_ring + (index * Descriptor.Size) + Descriptor.PackedFlagsOffset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsAvailable(out ushort flags)
    {
        flags = Volatile.Read(ref FlagsAt(_next));
        return (flags & AvailableAndUsed) == _availableFlags;
    }

    /// <summary>Follows a chain, whose descriptors lie one after the other, or which is one indirect table (2.8.7).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RingFault Walk(BufferChain chain, ushort flags)
    {
        uint index = _next;
        Descriptor descriptor = Descriptor.ReadPacked(_ring + (index * Descriptor.Size), flags);
        if ((descriptor.Flags & Descriptor.Indirect) != 0)
        {
            chain.Id = descriptor.Link;
            chain.Slots = 1;
            return WalkTable(chain, descriptor);
        }

        uint slots = 1;
        while (true)
        {
            RingFault fault = AddBuffer(chain, descriptor);
            if (fault != RingFault.None)
                return fault;
            if ((descriptor.Flags & Descriptor.Next) == 0)
                break;
            if (slots++ == Size)
                return RingFault.ChainTooLong;
            if (++index == Size)
                index = 0;
            descriptor = Descriptor.ReadPacked(_ring + (index * Descriptor.Size));
            if ((descriptor.Flags & Descriptor.Indirect) != 0)
                return RingFault.UnexpectedIndirect;
        }

        // The last descriptor holds the id of the buffer (2.8.6).
        chain.Id = descriptor.Link;
        chain.Slots = (ushort)slots;
        return CheckLength(chain);
    }

    /// <summary>
    /// Adds all entries of a table; of their flags only WRITE has a meaning, but INDIRECT is a fault. In a table to send from WRITE
    /// has none either: DPDK's driver fills its tables with it, and does not clear it in each entry that it uses.
    /// </summary>
    private RingFault WalkTable(BufferChain chain, in Descriptor indirect)
    {
        RingFault fault = FindTable(chain, indirect, out byte* table, out uint entries);
        for (uint i = 0; i < entries && fault == RingFault.None; i++)
        {
            Descriptor descriptor = Descriptor.ReadPacked(table + (i * Descriptor.Size));
            if ((descriptor.Flags & Descriptor.Indirect) != 0)
                fault = RingFault.NestedIndirect;
            else
                fault = IsReceive ? AddBuffer(chain, descriptor) : AddBytes(chain, descriptor);
        }

        return fault == RingFault.None ? CheckLength(chain) : fault;
    }

    private void WriteEvent(uint value)
    {
        Volatile.Write(ref *(uint*)_deviceEvent, value);
        Log?.Mark(_deviceEventGuestAddress, EventSize);
    }

    private void LogReturned(DirtyLog log)
    {
        uint untilEnd = Math.Min(_returned, Size - _firstReturned);
        log.Mark(_ringGuestAddress + (_firstReturned * Descriptor.Size), untilEnd * Descriptor.Size);
        if (untilEnd < _returned)
            log.Mark(_ringGuestAddress, (_returned - untilEnd) * Descriptor.Size);
    }
}
