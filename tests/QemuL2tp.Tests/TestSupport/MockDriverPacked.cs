namespace QemuL2tp.Tests.TestSupport;

/// <summary>The driver of a packed ring.</summary>
internal sealed unsafe class MockDriverPacked : MockDriver
{
    private const ushort Available = 0x80;
    private const ushort UsedFlag = 0x8000;

    private readonly Stack<ushort> _freeIds = new();
    private readonly byte[] _ring;
    private uint _nextAvailable;
    private bool _availableWrap = true;
    private uint _added;
    private uint _nextUsed;
    private bool _usedWrap = true;

    public MockDriverPacked(MockGuestMemory memory, QemuRing ring, RingKind kind)
        : base(memory, ring, kind)
    {
        _ring = new byte[16 * kind.Size];
        for (uint i = kind.Size; i-- > 0;)
            _freeIds.Push((ushort)i);
    }

    public override uint UsedBase
    {
        get
        {
            uint position = _nextUsed | (_usedWrap ? 0x8000u : 0);
            return position | (position << 16);
        }
    }

    // Raw fields.

    /// <summary>u16 offset and wrap counter, u16 flags.</summary>
    public ref uint DriverEvent => ref *(uint*)Memory.At(Avail);

    public ref uint DeviceEvent => ref *(uint*)Memory.At(Used);

    /// <summary>AVAIL and USED of a descriptor that is made available next.</summary>
    public ushort AvailableFlags => _availableWrap ? Available : UsedFlag;

    public ref ushort FlagsOf(uint index) => ref *(ushort*)Memory.At(Desc + (16 * index) + 14);

    /// <summary>Starts all positions elsewhere, before anything is done; <see cref="MockDriver.UsedBase"/> is the base then.</summary>
    public void StartAt(uint index, bool wrap)
    {
        _nextAvailable = _nextUsed = index;
        _availableWrap = _usedWrap = wrap;
        // What is before the position was used in this round, the rest in the one before.
        for (uint i = 0; i < Kind.Size; i++)
            FlagsOf(i) = (i < index) == wrap ? (ushort)(Available | UsedFlag) : (ushort)0;
        Remember();
    }

    public override void Remember() => new ReadOnlySpan<byte>(Memory.At(Desc), _ring.Length).CopyTo(_ring);

    public override bool EnableCalls(int after = 1)
    {
        uint at = _nextUsed + (uint)after - 1;
        bool wrap = _usedWrap;
        if (at >= Kind.Size)
        {
            at -= Kind.Size;
            wrap = !wrap;
        }

        DriverEvent = Kind.HasEventIndex ? at | (wrap ? 0x8000u : 0) | (2u << 16) : 0;
        Interlocked.MemoryBarrier();
        return IsUsed();
    }

    public override void DisableCalls() => DriverEvent = 1u << 16;

    public override void WriteDescriptor(uint index, ulong address, uint length, ushort flags, ushort link)
    {
        WriteTable(Desc, index, address, length, 0, link);
        StoreFlags(index, flags);
    }

    public override void WriteTable(ulong table, uint index, ulong address, uint length, ushort flags, ushort link)
    {
        Memory.Write(table + (index * 16), BitConverter.GetBytes(address));
        Memory.Write(table + (index * 16) + 8, BitConverter.GetBytes(length));
        Memory.Write(table + (index * 16) + 12, BitConverter.GetBytes(link));
        if (table != Desc)
            Memory.Write(table + (index * 16) + 14, BitConverter.GetBytes(flags));
        else
            Memory.Read(Desc + (index * 16), 14).CopyTo(_ring, 16 * index);
    }

    public override void Offer(ulong address, uint length, ushort flags, ushort link)
    {
        WriteDescriptor(_nextAvailable, address, length, (ushort)(flags | AvailableFlags), link);
        Advance(ref _nextAvailable, ref _availableWrap, 1);
    }

    protected override MockBuffer Place(IReadOnlyList<(ulong Address, uint Length)> pieces, bool isReceive, ulong table)
    {
        ushort direction = isReceive ? Write : (ushort)0;
        int slots = table != 0 ? 1 : pieces.Count;
        ushort id = _freeIds.Pop();
        uint first = _nextAvailable;
        ushort firstFlags = 0;
        for (int i = 0; i < pieces.Count && table != 0; i++)
            WriteTable(table, (uint)i, pieces[i].Address, pieces[i].Length, direction, 0);
        for (int i = 0; i < slots; i++)
        {
            ushort flags = (ushort)(AvailableFlags | (table != 0 ? Indirect : direction) | (i < slots - 1 ? Next : 0));
            (ulong address, uint length) = table != 0 ? (table, (uint)pieces.Count * 16) : pieces[i];
            // Only the last one's id counts.
            WriteTable(Desc, _nextAvailable, address, length, 0, i == slots - 1 ? id : (ushort)0xBAD);
            if (i == 0)
                firstFlags = flags;
            else
                StoreFlags(_nextAvailable, flags);
            Advance(ref _nextAvailable, ref _availableWrap, 1);
        }

        StoreFlags(first, firstFlags);
        _added += (uint)slots;
        return new MockBuffer(id, slots, pieces, isReceive, table);
    }

    protected override bool WantsKick()
    {
        uint added = _added;
        _added = 0;
        uint value = Volatile.Read(ref DeviceEvent);
        switch (value >> 16)
        {
            case 0:
                return true;
            case 1:
                return false;
            case 2 when Kind.HasEventIndex:
                int waitedFor = (int)(value & 0x7fff) - ((value & 0x8000) != 0 == _availableWrap ? 0 : (int)Kind.Size);
                return NeedsEvent((ushort)waitedFor, (ushort)_nextAvailable, (ushort)(_nextAvailable - added));
            default:
                throw new AssertionException($"the device event is 0x{value:x}");
        }
    }

    protected override bool TryTakeUsed(out ushort id, out uint written)
    {
        id = 0;
        written = 0;
        if (!IsUsed())
            return false;
        byte* at = Memory.At(Desc + (16 * _nextUsed));
        ushort flags = *(ushort*)(at + 14);
        if ((flags & ~(Available | UsedFlag | Write)) != 0)
            Assert.Fail($"the used flags are 0x{flags:x}");
        id = *(ushort*)(at + 12);
        bool isWritten = (flags & Write) != 0;
        written = isWritten ? *(uint*)(at + 8) : 0;
        if (isWritten != (written != 0))
            Assert.Fail("WRITE and a length of 0");
        if (Outstanding.Count == 0)
            Assert.Fail("a buffer was returned that was not outstanding");

        new ReadOnlySpan<byte>(at + 8, 8).CopyTo(_ring.AsSpan((int)(16 * _nextUsed) + 8));
        Advance(ref _nextUsed, ref _usedWrap, (uint)Outstanding.First().Slots);
        return true;
    }

    protected override void ReleaseSlots(MockBuffer buffer) => _freeIds.Push(buffer.Id);

    protected override void CheckUnchanged()
    {
        // Length, id and flags of the first descriptor of a buffer may be written before the driver is to see them.
        uint index = _nextUsed;
        bool wrap = _usedWrap;
        foreach (MockBuffer buffer in Outstanding)
        {
            new ReadOnlySpan<byte>(Memory.At(Desc + (16 * index) + 8), 8).CopyTo(_ring.AsSpan((int)(16 * index) + 8));
            Advance(ref index, ref wrap, (uint)buffer.Slots);
        }

        if (!new ReadOnlySpan<byte>(Memory.At(Desc), _ring.Length).SequenceEqual(_ring))
            Assert.Fail("the device wrote to a descriptor that it does not return");
    }

    private bool IsUsed()
    {
        ushort flags = (ushort)(Volatile.Read(ref FlagsOf(_nextUsed)) & (Available | UsedFlag));
        return FreeSlots < Kind.Size && flags == (_usedWrap ? Available | UsedFlag : 0);
    }

    private void Advance(ref uint index, ref bool wrap, uint count)
    {
        index += count;
        if (index < Kind.Size)
            return;
        index -= Kind.Size;
        wrap = !wrap;
    }

    private void StoreFlags(uint index, ushort flags)
    {
        Volatile.Write(ref FlagsOf(index), flags);
        BitConverter.TryWriteBytes(_ring.AsSpan((int)(16 * index) + 14), flags);
    }
}
