using QemuL2tp.Guest.VhostUser;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>How a ring of a guest is made.</summary>
/// <param name="Size">Entries.</param>
/// <param name="HeaderLength">Bytes of <c>virtio_net_hdr</c>: 12 or 10.</param>
internal sealed record RingKind(uint Size = 16, bool IsPacked = false, bool HasEventIndex = false, bool HasIndirect = false, int HeaderLength = 12)
{
    /// <summary>The virtio features that the guest has acknowledged.</summary>
    public ulong Features => QemuL2tp.Guest.VhostUser.Features.AnyLayout
        | (HeaderLength == 12 ? QemuL2tp.Guest.VhostUser.Features.Version1 | QemuL2tp.Guest.VhostUser.Features.MergeableBuffers : 0)
        | (IsPacked ? QemuL2tp.Guest.VhostUser.Features.PackedRing : 0)
        | (HasEventIndex ? QemuL2tp.Guest.VhostUser.Features.EventIndex : 0)
        | (HasIndirect ? QemuL2tp.Guest.VhostUser.Features.IndirectDescriptors : 0);

    public override string ToString() =>
        $"{(IsPacked ? "packed" : "split")} {Size}{(HasEventIndex ? " event-idx" : "")}{(HasIndirect ? " indirect" : "")}";
}

/// <summary>A buffer that the driver has made available.</summary>
/// <param name="Id">Head (split) or buffer id (packed).</param>
/// <param name="Slots">Descriptors of the ring or of the table that it takes up.</param>
/// <param name="Pieces">Guest physical addresses and lengths.</param>
/// <param name="IsReceive">The device is to write to it.</param>
/// <param name="Table">An indirect table of so many entries, at this address; 0: none.</param>
internal sealed record MockBuffer(ushort Id, int Slots, IReadOnlyList<(ulong Address, uint Length)> Pieces, bool IsReceive, ulong Table)
{
    public uint Capacity => (uint)Pieces.Sum(p => p.Length);
}

/// <summary>A buffer that the device has returned.</summary>
/// <param name="Bytes">What the device wrote to it.</param>
internal sealed record MockUsed(MockBuffer Buffer, byte[] Bytes);

/// <summary>
/// The driver of one virtqueue in a guest, in real memory and with real eventfds. It behaves as Linux does, and checks each write of
/// the device: buffers come back once, in order, with a length that fits, and nothing else in the ring was changed. To
/// misbehave, write to the ring through the raw accessors.
/// </summary>
internal abstract class MockDriver
{
    protected const ushort Next = 1;
    protected const ushort Write = 2;
    protected const ushort Indirect = 4;

    private readonly Queue<MockBuffer> _outstanding = new();

    /// <param name="memory">Where buffers and tables are allocated.</param>
    /// <param name="ring">Where the ring is, and its eventfds; owned by the caller.</param>
    /// <param name="kind">How it works.</param>
    protected MockDriver(MockGuestMemory memory, QemuRing ring, RingKind kind)
    {
        Memory = memory;
        Ring = ring;
        Kind = kind;
        FreeSlots = (int)kind.Size;
    }

    public static MockDriver Create(MockGuestMemory memory, QemuRing ring, RingKind kind) =>
        kind.IsPacked ? new MockDriverPacked(memory, ring, kind) : new MockDriverSplit(memory, ring, kind);

    /// <summary>Allocates room for a ring.</summary>
    public static RingLayout Allocate(MockGuestMemory memory, RingKind kind) =>
        RingLayout.At(memory.Allocate((26 * kind.Size) + 128, 64), kind.Size, kind.IsPacked);

    public MockGuestMemory Memory { get; }

    public QemuRing Ring { get; }

    public RingKind Kind { get; }

    // Guest physical addresses of what SET_VRING_ADDR calls so.
    public ulong Desc => Ring.Layout.Desc;

    public ulong Avail => Ring.Layout.Avail;

    public ulong Used => Ring.Layout.Used;

    /// <summary>SET_VRING_BASE after a back end has gone away: QEMU takes what was returned.</summary>
    public abstract uint UsedBase { get; }

    /// <summary>Descriptors that are free.</summary>
    public int FreeSlots { get; private set; }

    /// <summary>Buffers that the device has not returned, or whose return was not taken.</summary>
    public IReadOnlyCollection<MockBuffer> Outstanding => _outstanding;

    /// <summary>Makes a frame available behind a header of zeros.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="pieceLengths">Lengths of the descriptors, which may be 0; what they leave over is in one more. None: one descriptor.</param>
    public MockBuffer AddTransmit(byte[] frame, params int[] pieceLengths) => AddTransmitBehind(new byte[Kind.HeaderLength], frame, pieceLengths);

    /// <summary>Makes a frame available behind a header.</summary>
    /// <param name="header">As long as the ring's kind says.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="pieceLengths">As in <see cref="AddTransmit"/>.</param>
    public MockBuffer AddTransmitBehind(byte[] header, byte[] frame, params int[] pieceLengths)
    {
        byte[] bytes = [.. header, .. frame];
        List<(ulong Address, uint Length)> pieces = [];
        int at = 0;
        foreach (int length in pieceLengths.Append(Math.Max(0, bytes.Length - pieceLengths.Sum())))
        {
            if (length == 0 && pieces.Count == pieceLengths.Length && pieces.Count > 0)
                continue;
            ulong address = Memory.Allocate((uint)length);
            Memory.Write(address, bytes.AsSpan(at, length));
            pieces.Add((address, (uint)length));
            at += length;
        }

        return Add(pieces, isReceive: false);
    }

    /// <summary>Makes room for a frame available.</summary>
    /// <param name="lengths">Lengths of the descriptors.</param>
    public MockBuffer AddReceive(params int[] lengths) =>
        Add([.. lengths.Select(length => (Memory.Allocate((uint)length), (uint)length))], isReceive: true);

    /// <summary>Makes a buffer available, in an indirect table if that was negotiated and there are several pieces.</summary>
    public MockBuffer Add(IReadOnlyList<(ulong Address, uint Length)> pieces, bool isReceive, bool? indirect = null)
    {
        ulong table = 0;
        if (indirect ?? (Kind.HasIndirect && pieces.Count > 1))
            table = Memory.Allocate((uint)pieces.Count * 16);
        MockBuffer buffer = Place(pieces, isReceive, table);
        FreeSlots -= buffer.Slots;
        _outstanding.Enqueue(buffer);
        return buffer;
    }

    /// <summary>Kicks if the device wants it for what was added since the last time.</summary>
    public bool Kick()
    {
        Interlocked.MemoryBarrier();
        if (!WantsKick())
            return false;
        QemuRing.Signal(Ring.Kick);
        return true;
    }

    /// <summary>Kicks whatever the device wants.</summary>
    public void KickAnyway() => QemuRing.Signal(Ring.Kick);

    /// <summary>Calls since the last time.</summary>
    public ulong TakeCalls() => QemuRing.Read(Ring.Call);

    /// <summary>Signals of the error descriptor since the last time.</summary>
    public ulong TakeErrors() => QemuRing.Read(Ring.Error);

    /// <summary>Everything that the device has returned since the last time. Frees it, so read the bytes before adding more.</summary>
    public List<MockUsed> TakeUsed()
    {
        List<MockUsed> all = [];
        while (TryTakeUsed(out ushort id, out uint written))
        {
            if (!_outstanding.TryDequeue(out MockBuffer? buffer))
                throw new AssertionException($"{id} was returned, but nothing is outstanding");
            if (id != buffer.Id)
                Assert.Fail($"{id} was returned, but {buffer.Id} is the oldest");
            if (written > (buffer.IsReceive ? buffer.Capacity : 0))
                Assert.Fail($"{written} bytes were written to a buffer of {buffer.Capacity}");
            all.Add(new MockUsed(buffer, Read(buffer, written)));
            Release(buffer);
        }

        CheckUnchanged();
        return all;
    }

    /// <summary>The frames among <see cref="TakeUsed"/> of a receive queue; their headers are checked: nothing is left to do to them.</summary>
    public List<byte[]> TakeFrames() => [.. TakeFramesWithHeaders().Select(each =>
    {
        Assert.That(each.Header.Take(10), Is.All.Zero);
        return each.Frame;
    })];

    /// <summary>The frames among <see cref="TakeUsed"/> of a receive queue, and what is in front of them.</summary>
    public List<(byte[] Header, byte[] Frame)> TakeFramesWithHeaders()
    {
        List<(byte[] Header, byte[] Frame)> frames = [];
        List<MockUsed> used = TakeUsed();
        for (int i = 0; i < used.Count;)
        {
            byte[] header = used[i].Bytes[..Kind.HeaderLength];
            int buffers = Kind.HeaderLength == 12 ? BitConverter.ToUInt16(header, 10) : 1;
            Assert.That(buffers, Is.InRange(1, used.Count - i), "num_buffers, all of them published at once");
            frames.Add((header, [.. used.Skip(i).Take(buffers).SelectMany(u => u.Bytes).Skip(Kind.HeaderLength)]));
            i += buffers;
        }

        return frames;
    }

    /// <summary>Asks to be called when so many more buffers are returned.</summary>
    /// <returns>True when something was returned already.</returns>
    public abstract bool EnableCalls(int after = 1);

    public abstract void DisableCalls();

    /// <summary>After raw writes: the ring is meant to be as it is now.</summary>
    public abstract void Remember();

    /// <summary>Raw: writes a descriptor of the ring as it is. The link is next (split) or id (packed).</summary>
    public abstract void WriteDescriptor(uint index, ulong address, uint length, ushort flags, ushort link);

    /// <summary>Raw: writes a descriptor of an indirect table.</summary>
    public abstract void WriteTable(ulong table, uint index, ulong address, uint length, ushort flags, ushort link);

    /// <summary>Raw: makes the descriptor at the start of a fresh ring available, with these flags and link, whatever else is in it.</summary>
    public abstract void Offer(ulong address, uint length, ushort flags, ushort link);

    /// <summary>Writes the descriptors and makes them available.</summary>
    protected abstract MockBuffer Place(IReadOnlyList<(ulong Address, uint Length)> pieces, bool isReceive, ulong table);

    protected abstract bool WantsKick();

    protected abstract bool TryTakeUsed(out ushort id, out uint written);

    /// <summary>Takes the descriptors of a returned buffer back.</summary>
    protected abstract void ReleaseSlots(MockBuffer buffer);

    /// <summary>Fails when the device wrote where it must not.</summary>
    protected abstract void CheckUnchanged();

    /// <summary>The rule of event indexes, as the specification has it (2.7.10).</summary>
    protected static bool NeedsEvent(ushort waitedFor, ushort now, ushort old) => (ushort)(now - waitedFor - 1) < (ushort)(now - old);

    private byte[] Read(MockBuffer buffer, uint length)
    {
        List<byte> bytes = [];
        foreach ((ulong address, uint pieceLength) in buffer.Pieces)
            bytes.AddRange(Memory.Read(address, Math.Min(pieceLength, length - (uint)bytes.Count)));
        return [.. bytes];
    }

    private void Release(MockBuffer buffer)
    {
        ReleaseSlots(buffer);
        FreeSlots += buffer.Slots;
        foreach ((ulong address, uint length) in buffer.Pieces)
            Memory.Free(address, length);
        if (buffer.Table != 0)
            Memory.Free(buffer.Table, (uint)buffer.Pieces.Count * 16);
    }
}
