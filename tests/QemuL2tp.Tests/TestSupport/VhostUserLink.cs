using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>
/// A whole link in this process whose front end is vhost-user, run turn by turn on the test's thread: a scripted QEMU, a guest
/// with drivers on real rings in a memfd, and the peer's socket.
/// </summary>
internal sealed class VhostUserLink : IDisposable
{
    private const ulong MemorySize = 64 << 20;

    private readonly TemporaryDirectory _directory = new();
    private readonly bool _isSealable;
    private readonly LoopbackLink? _link;
    private readonly List<BatchUnderTest> _batches = [];

    /// <param name="ring">How every ring is made.</param>
    /// <param name="pairs">Queue pairs.</param>
    /// <param name="pollMicroseconds"><c>x-poll-us</c>.</param>
    /// <param name="mtu"><c>host_mtu</c>.</param>
    /// <param name="isSealable">Whether the back end can seal the guest's memory.</param>
    /// <param name="hasPump">False: only the port, no tunnel; the test fills and completes batches itself.</param>
    /// <param name="offloads">Offload features that the guest's driver acknowledges.</param>
    /// <param name="offloadsFromGuest"><c>x-offload-tx</c>.</param>
    /// <param name="offloadsToGuest"><c>x-offload-rx</c>.</param>
    /// <param name="reorderWindow"><c>x-reorder-window</c>.</param>
    /// <param name="stages">As in <see cref="LoopbackLink"/>.</param>
    public VhostUserLink(RingKind? ring = null, int pairs = 1, int pollMicroseconds = 0, uint mtu = 0, bool isSealable = true, bool hasPump = true, ulong offloads = 0, bool offloadsFromGuest = true, bool offloadsToGuest = true, int reorderWindow = 0, params Func<IFrameStage>[] stages)
    {
        _isSealable = isSealable;
        Ring = ring ?? new RingKind(256, HasEventIndex: true, HasIndirect: true);
        Pairs = pairs;
        Mtu = mtu;
        Offloads = offloads;
        FrontendOptions frontend = LoopbackLink.Unix(SocketPath, kind: FrontendKind.VhostUser) with
        {
            PollMicroseconds = pollMicroseconds,
            OffloadsFromGuest = offloadsFromGuest,
            OffloadsToGuest = offloadsToGuest,
        };
        if (hasPump)
        {
            _link = new LoopbackLink(frontend, threads: 0, reorderWindow: reorderWindow, stages: stages);
            Port = (VhostUserPort)_link.Guest;
            Log = _link.Log;
        }
        else
        {
            Port = new VhostUserPort(frontend, "net0", Log);
            Port.Attach(Loop, Loop);
        }

        NewGuest();
    }

    /// <summary>What the port's descriptors and timers are watched by, when there is no pump.</summary>
    public ManualLoop Loop { get; } = new();

    public RingKind Ring { get; private set; }
    public int Pairs { get; }
    public uint Mtu { get; }

    /// <summary>Offload features of the next guest.</summary>
    public ulong Offloads { get; set; }
    public LoopbackLink Link => _link!;
    public VhostUserPort Port { get; }
    public RecordingLog Log { get; } = new();
    public MockGuestMemory Memory { get; private set; } = null!;
    public IReadOnlyList<MockDriver> Drivers { get; private set; } = [];
    public MockQemu Qemu { get; private set; } = null!;
    public MockFrontEnd FrontEnd { get; set; } = null!;
    public string SocketPath => _directory.File("net0.sock");

    /// <summary>What the guest receives by, in the first pair.</summary>
    public MockDriver Receive => Drivers[0];

    /// <summary>What the guest transmits by, in the first pair.</summary>
    public MockDriver Transmit => Drivers[1];

    /// <summary>A batch for the port, which writes to it when a ring stops, at disposal at the latest; so it lives longer.</summary>
    public BatchUnderTest NewBatch(int capacity = FrameBatch.DefaultCapacity)
    {
        var batch = new BatchUnderTest(capacity);
        _batches.Add(batch);
        return batch;
    }

    /// <summary>A guest after power on: memory and drivers of its own, nothing connected.</summary>
    /// <param name="ring">How its rings are made, if not as before.</param>
    public void NewGuest(RingKind? ring = null)
    {
        DropGuest();
        Ring = ring ?? Ring;
        Memory = new MockGuestMemory(MockGuestMemory.RamOf(_isSealable, MemorySize));
        Qemu = new MockQemu(Memory.Ram, Pairs, _ => MockDriver.Allocate(Memory, Ring))
        {
            Features = Ring.Features | Offloads | Features.ProtocolFeatures | (Pairs > 1 ? Features.MultiQueue : 0),
            Mtu = Mtu,
        };
        Drivers = [.. Qemu.Rings.Select(ring => MockDriver.Create(Memory, ring, Ring))];
    }

    /// <summary>QEMU connects and the guest's driver starts.</summary>
    public VhostUserLink Start()
    {
        Connect();
        FrontEnd.Run(Qemu.Start());
        return this;
    }

    public void Connect()
    {
        FrontEnd = MockFrontEnd.Connect(SocketPath, Turn);
        FrontEnd.Run(Qemu.Connect());
    }

    /// <summary>Runs until nothing is left to do, also for what the first turns make ready: a connection, its messages, its rings.</summary>
    public void Turn()
    {
        Loop.Turn();
        for (int i = 0; i < 4; i++)
            _link?.Turn();
    }

    /// <summary>The guest sends frames, and the next turns carry them.</summary>
    public void SendFromGuest(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
            Transmit.AddTransmit(frame);
        Transmit.Kick();
        Turn();
    }

    /// <summary>Sends a frame from the peer and turns; what became of it is the caller's to see.</summary>
    public void SendFromPeer(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
            Link.SendFromPeer(frame);
        Turn();
    }

    /// <summary>The connection is lost, QEMU connects anew, and every ring goes on from what was returned.</summary>
    public void Reconnect()
    {
        FrontEnd.Dispose();
        Turn();
        foreach (MockDriver driver in Drivers)
            driver.Ring.Layout = driver.Ring.Layout with { Base = driver.UsedBase };
        Start();
        Turn();
    }

    /// <summary>QEMU is killed.</summary>
    public void Disconnect()
    {
        FrontEnd.Dispose();
        Turn();
        Assert.That(Port.IsConnected, Is.False);
    }

    public void Dispose()
    {
        FrontEnd?.Dispose();
        _link?.Dispose();
        if (_link is null)
            Port.Dispose();
        _batches.ForEach(batch => batch.Dispose());
        DropGuest();
        _directory.Dispose();
    }

    private void DropGuest()
    {
        Qemu?.Dispose();
        Memory?.Ram.Dispose();
    }
}
