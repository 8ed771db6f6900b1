using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A virtqueue with its driver and its memory.</summary>
internal sealed unsafe class VirtqueueUnderTest : IDisposable
{
    private const ulong DefaultMemory = 1 << 20;

    private readonly GuestRam _ram;
    private readonly QemuRing _ring;

    /// <param name="kind">How the ring is made.</param>
    /// <param name="isReceive">The device writes to the buffers.</param>
    /// <param name="regions">Sizes of the memory's regions; the ring is in the first.</param>
    public VirtqueueUnderTest(RingKind kind, bool isReceive = false, params ulong[] regions)
    {
        IsReceive = isReceive;
        _ram = MockGuestMemory.RamOf(regions.Length == 0 ? [DefaultMemory] : regions);
        Guest = new MockGuestMemory(_ram);
        Guest.AddTo(Memory);
        _ring = new QemuRing(isReceive ? 0 : 1, MockDriver.Allocate(Guest, kind));
        Driver = MockDriver.Create(Guest, _ring, kind);
        Start(_ring.Layout.Base);
    }

    public bool IsReceive { get; }

    public MockGuestMemory Guest { get; }

    public GuestMemory Memory { get; } = new();

    public MockDriver Driver { get; }

    public BufferChain Chain { get; } = new();

    public Virtqueue Queue { get; private set; } = null!;

    public RingAddresses Addresses => new(
        _ram.UserAddressOf(Driver.Desc), _ram.UserAddressOf(Driver.Avail), _ram.UserAddressOf(Driver.Used), IsLogged: false, Driver.Used);

    /// <summary>What <see cref="BufferChain.Pieces"/> hold.</summary>
    public byte[] Bytes
    {
        get
        {
            List<byte> bytes = [];
            foreach (BufferPiece piece in new ReadOnlySpan<BufferPiece>(Chain.Pieces, Chain.Count))
                bytes.AddRange(new ReadOnlySpan<byte>(piece.Base, (int)piece.Length));
            return [.. bytes];
        }
    }

    /// <summary>Guest physical addresses and lengths of the pieces.</summary>
    public List<(ulong Address, uint Length)> Pieces
    {
        get
        {
            List<(ulong Address, uint Length)> pieces = [];
            foreach (BufferPiece piece in new ReadOnlySpan<BufferPiece>(Chain.Pieces, Chain.Count))
                pieces.Add((piece.GuestAddress, piece.Length));
            return pieces;
        }
    }

    /// <summary>Forgets the device and makes another one.</summary>
    public void Start(uint at)
    {
        Queue = Driver.Kind.IsPacked
            ? new PackedVirtqueue(Memory, Driver.Kind.Size, IsReceive, Driver.Kind.Features)
            : new SplitVirtqueue(Memory, Driver.Kind.Size, IsReceive, Driver.Kind.Features);
        if (Queue.Map(Addresses) is { } reason)
            Assert.Fail(reason);
        Queue.SetBase(at);
        Assert.That(Queue.Fault, Is.EqualTo(RingFault.None));
    }

    public TakeResult Take() => Queue.TryTake(Chain);

    /// <summary>Takes one that must be there, and returns it.</summary>
    public void TakeAndReturn(uint written = 0)
    {
        TakeResult result = Take();
        if (result != TakeResult.Taken)
            Assert.Fail($"{result} {Queue.Fault}");
        Queue.Return(Chain.Id, Chain.Slots, written);
    }

    /// <summary>Copies into the chain taken last, as far as it goes.</summary>
    public void Fill(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < Chain.Count && bytes.Length > 0; i++)
        {
            int length = Math.Min(bytes.Length, (int)Chain.Pieces[i].Length);
            bytes[..length].CopyTo(new Span<byte>(Chain.Pieces[i].Base, length));
            bytes = bytes[length..];
        }
    }

    /// <summary>Expects that the ring is found broken, and stays so.</summary>
    public void AssertBroken(RingFault fault)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Take(), Is.EqualTo(TakeResult.Broken));
            Assert.That(Queue.Fault, Is.EqualTo(fault));
            Assert.That(Take(), Is.EqualTo(TakeResult.Broken), "and again");
            Assert.That(Guest.AreGuardsWhole, Is.True);
        }
    }

    public void Dispose()
    {
        Memory.Dispose();
        _ring.Dispose();
        _ram.Dispose();
        Chain.Dispose();
    }
}
