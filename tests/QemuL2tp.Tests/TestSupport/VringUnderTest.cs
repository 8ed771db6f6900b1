using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A ring with its driver, its memory, an event loop and an owner that notes what it is told.</summary>
internal sealed class VringUnderTest : IRingOwner, IDisposable
{
    private readonly GuestRam _ram;

    /// <param name="kind">How the driver has made it.</param>
    /// <param name="index">Even: receive.</param>
    /// <param name="regions">Sizes of the memory's regions; the ring is in the first.</param>
    public VringUnderTest(RingKind? kind = null, int index = 1, params ulong[] regions)
    {
        kind ??= new RingKind();
        _ram = MockGuestMemory.RamOf(regions.Length == 0 ? [1 << 20] : regions);
        Guest = new MockGuestMemory(_ram);
        Guest.AddTo(Memory);
        Qemu = new QemuRing(index, MockDriver.Allocate(Guest, kind));
        Driver = MockDriver.Create(Guest, Qemu, kind);
        Ring = new Vring(index, Memory, this);
        Ring.Attach(Loop);
        Ring.IsEnabled = true;
        Told.Clear();
    }

    public MockGuestMemory Guest { get; }

    public GuestMemory Memory { get; } = new();

    public MockDriver Driver { get; }

    /// <summary>QEMU's side of the ring: its eventfds.</summary>
    public QemuRing Qemu { get; }

    public ManualLoop Loop { get; } = new();

    public Vring Ring { get; }

    public BufferChain Chain { get; } = new();

    /// <summary>What the owner was told: LetGo, Kick, Changed, Broken.</summary>
    public List<string> Told { get; } = [];

    /// <summary>What the owner does in <see cref="IRingOwner.LetGo"/>.</summary>
    public Action<Virtqueue> LettingGo { get; set; } = _ => { };

    /// <summary>Says everything that QEMU says before a ring starts but one thing.</summary>
    public void SetUp(bool size = true, bool addresses = true, bool kick = true, uint? at = null, bool hasBase = true)
    {
        if (size)
            Assert.That(Ring.SetSize(Driver.Kind.Size, Driver.Kind.IsPacked), Is.True);
        if (hasBase)
            Ring.SetBase(at ?? Qemu.Layout.Base);
        if (addresses)
            Assert.That(SetAddresses(), Is.Null);
        if (kick)
            Assert.That(Ring.SetKick(Duplicate(Qemu.Kick)), Is.Null);
        Assert.That(Ring.SetCall(Duplicate(Qemu.Call)), Is.Null);
        Assert.That(Ring.SetError(Duplicate(Qemu.Error)), Is.Null);
    }

    public string? SetAddresses(bool isLogged = false) => Ring.SetAddresses(
        UserAddressOf(Driver.Desc), UserAddressOf(Driver.Avail), UserAddressOf(Driver.Used), isLogged, Driver.Used);

    public ulong UserAddressOf(ulong guestAddress) => _ram.UserAddressOf(guestAddress);

    /// <summary>A descriptor to give away.</summary>
    public static int Duplicate(int descriptor) => LibC.fcntl(descriptor, LibC.F_DUPFD_CLOEXEC, 0);

    public string? TryStart() => Ring.TryStart(Driver.Kind.Features);

    /// <summary>Sets up and starts, and forgets what the owner and the driver were told by it.</summary>
    public void Start()
    {
        SetUp();
        Assert.That(TryStart(), Is.Null);
        Assert.That(Ring.IsStarted, Is.True);
        Told.Clear();
        QemuRing.Read(Qemu.Call);
    }

    void IRingOwner.LetGo(Vring ring)
    {
        Told.Add("LetGo");
        LettingGo(ring.Queue!);
    }

    void IRingOwner.OnKick(Vring ring) => Told.Add("Kick");

    void IRingOwner.OnMemoryMissing() => Told.Add("MemoryMissing");

    void IRingOwner.OnBroken(Vring ring, RingFault fault) => Told.Add($"Broken {fault}");

    void IRingOwner.OnChanged(Vring ring) => Told.Add("Changed");

    public void Dispose()
    {
        Ring.Dispose();
        Memory.Dispose();
        Qemu.Dispose();
        _ram.Dispose();
        Chain.Dispose();
    }
}
