namespace QemuL2tp.Tests.TestSupport;

/// <summary>The driver of a split ring.</summary>
internal sealed unsafe class MockDriverSplit : MockDriver
{
    private readonly Stack<ushort> _free = new();
    private readonly Dictionary<ushort, ushort[]> _chains = [];
    private readonly byte[] _descriptors;
    private readonly byte[] _available;
    private ushort _nextAvailable;
    private ushort _kicked;
    private ushort _nextUsed;

    public MockDriverSplit(MockGuestMemory memory, QemuRing ring, RingKind kind)
        : base(memory, ring, kind)
    {
        _descriptors = new byte[16 * kind.Size];
        _available = new byte[6 + (2 * kind.Size)];
        for (uint i = kind.Size; i-- > 0;)
            _free.Push((ushort)i);
    }

    public override uint UsedBase => UsedIndex;

    // Raw fields.

    public ref ushort AvailableFlags => ref *(ushort*)Memory.At(Avail);

    public ref ushort AvailableIndex => ref *(ushort*)Memory.At(Avail + 2);

    public ref ushort UsedEvent => ref *(ushort*)Memory.At(Avail + 4 + (2 * Kind.Size));

    public ref ushort UsedFlags => ref *(ushort*)Memory.At(Used);

    public ref ushort UsedIndex => ref *(ushort*)Memory.At(Used + 2);

    public ref ushort AvailableEvent => ref *(ushort*)Memory.At(Used + 4 + (8 * Kind.Size));

    public ref ushort AvailableRing(uint index) => ref *(ushort*)Memory.At(Avail + 4 + (2 * (index % Kind.Size)));

    /// <summary>Starts all indexes elsewhere, before anything is done; <see cref="MockDriver.UsedBase"/> is the base then.</summary>
    public void StartAt(ushort index)
    {
        _nextAvailable = _kicked = _nextUsed = index;
        AvailableIndex = UsedIndex = index;
        Remember();
    }

    public override void Remember()
    {
        new ReadOnlySpan<byte>(Memory.At(Desc), _descriptors.Length).CopyTo(_descriptors);
        new ReadOnlySpan<byte>(Memory.At(Avail), _available.Length).CopyTo(_available);
    }

    public override bool EnableCalls(int after = 1)
    {
        if (Kind.HasEventIndex)
            Store(4 + (2 * Kind.Size), (ushort)(_nextUsed + after - 1));
        else
            Store(0, 0);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref UsedIndex) != _nextUsed;
    }

    public override void DisableCalls()
    {
        if (!Kind.HasEventIndex)
            Store(0, 1);
    }

    public override void WriteDescriptor(uint index, ulong address, uint length, ushort flags, ushort link) =>
        WriteTable(Desc, index, address, length, flags, link);

    public override void WriteTable(ulong table, uint index, ulong address, uint length, ushort flags, ushort link)
    {
        // Byte by byte through the guest's addresses: a table may cross regions.
        Memory.Write(table + (index * 16), BitConverter.GetBytes(address));
        Memory.Write(table + (index * 16) + 8, BitConverter.GetBytes(length));
        Memory.Write(table + (index * 16) + 12, BitConverter.GetBytes(flags));
        Memory.Write(table + (index * 16) + 14, BitConverter.GetBytes(link));
        if (table == Desc)
            Memory.Read(Desc + (index * 16), 16).CopyTo(_descriptors, 16 * index);
    }

    public override void Offer(ulong address, uint length, ushort flags, ushort link)
    {
        WriteDescriptor(0, address, length, flags, link);
        MakeAvailable(0);
    }

    protected override MockBuffer Place(IReadOnlyList<(ulong Address, uint Length)> pieces, bool isReceive, ulong table)
    {
        ushort direction = isReceive ? Write : (ushort)0;
        int slots = table != 0 ? 1 : pieces.Count;
        ushort[] indexes = [.. Enumerable.Range(0, slots).Select(_ => _free.Pop())];
        if (table != 0)
            WriteDescriptor(indexes[0], table, (uint)pieces.Count * 16, Indirect, 0);
        for (int i = 0; i < pieces.Count; i++)
        {
            bool isLast = i == pieces.Count - 1;
            ushort flags = (ushort)(direction | (isLast ? 0 : Next));
            if (table != 0)
                WriteTable(table, (uint)i, pieces[i].Address, pieces[i].Length, flags, (ushort)(isLast ? 0 : i + 1));
            else
                WriteDescriptor(indexes[i], pieces[i].Address, pieces[i].Length, flags, isLast ? (ushort)0 : indexes[i + 1]);
        }

        _chains[indexes[0]] = indexes;
        MakeAvailable(indexes[0]);
        return new MockBuffer(indexes[0], slots, pieces, isReceive, table);
    }

    protected override bool WantsKick()
    {
        ushort old = _kicked;
        _kicked = _nextAvailable;
        return Kind.HasEventIndex ? NeedsEvent(Volatile.Read(ref AvailableEvent), _nextAvailable, old) : Volatile.Read(ref UsedFlags) == 0;
    }

    protected override bool TryTakeUsed(out ushort id, out uint written)
    {
        ushort index = Volatile.Read(ref UsedIndex);
        if ((ushort)(index - _nextUsed) > Outstanding.Count)
            Assert.Fail($"the used index is {index}, the last taken {_nextUsed}, and {Outstanding.Count} are outstanding");
        id = 0;
        written = 0;
        if (index == _nextUsed)
            return false;
        byte* element = Memory.At(Used + 4 + (8 * (_nextUsed % Kind.Size)));
        if (*(uint*)element >= Kind.Size)
            Assert.Fail($"the used id is {*(uint*)element}");
        id = (ushort)*(uint*)element;
        written = *(uint*)(element + 4);
        _nextUsed++;
        return true;
    }

    protected override void ReleaseSlots(MockBuffer buffer)
    {
        foreach (ushort index in _chains[buffer.Id])
            _free.Push(index);
    }

    protected override void CheckUnchanged()
    {
        if (!new ReadOnlySpan<byte>(Memory.At(Desc), _descriptors.Length).SequenceEqual(_descriptors))
            Assert.Fail("the device wrote to the descriptor table");
        if (!new ReadOnlySpan<byte>(Memory.At(Avail), _available.Length).SequenceEqual(_available))
            Assert.Fail("the device wrote to the available ring");
        if (UsedFlags > (Kind.HasEventIndex ? 0 : 1))
            Assert.Fail($"the used flags are {UsedFlags}");
        if (!Kind.HasEventIndex && AvailableEvent != 0)
            Assert.Fail("avail_event was written to");
    }

    private void MakeAvailable(ushort head)
    {
        Store(4 + (2 * (_nextAvailable % Kind.Size)), head);
        Store(2, ++_nextAvailable);
    }

    /// <summary>Writes a field of the available ring.</summary>
    private void Store(uint offset, ushort value)
    {
        Volatile.Write(ref *(ushort*)Memory.At(Avail + offset), value);
        BitConverter.TryWriteBytes(_available.AsSpan((int)offset), value);
    }
}
