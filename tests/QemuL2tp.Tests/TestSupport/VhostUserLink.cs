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

    /// <param name="ring">How every ring is made.</param>
    /// <param name="pairs">Queue pairs.</param>
    /// <param name="pollMicroseconds"><c>x-poll-us</c>.</param>
    /// <param name="mtu"><c>host_mtu</c>.</param>
    public VhostUserLink(MockRing? ring = null, int pairs = 1, int pollMicroseconds = 0, uint mtu = 0)
    {
        Ring = ring ?? new MockRing(256, HasEventIndex: true, HasIndirect: true);
        Pairs = pairs;
        Mtu = mtu;
        Link = new LoopbackLink(LoopbackLink.Unix(SocketPath, kind: FrontendKind.VhostUser) with { PollMicroseconds = pollMicroseconds }, hasThread: false);
        NewGuest();
    }

    public MockRing Ring { get; }
    public int Pairs { get; }
    public uint Mtu { get; }
    public LoopbackLink Link { get; }
    public VhostUserPort Port => (VhostUserPort)Link.Guest;
    public MockGuestMemory Memory { get; private set; } = null!;
    public IReadOnlyList<MockDriver> Drivers { get; private set; } = [];
    public MockQemu Qemu { get; private set; } = null!;
    public MockFrontEnd FrontEnd { get; private set; } = null!;
    public string SocketPath => _directory.File("net0.sock");

    /// <summary>What the guest receives by, in the first pair.</summary>
    public MockDriver Receive => Drivers[0];

    /// <summary>What the guest transmits by, in the first pair.</summary>
    public MockDriver Transmit => Drivers[1];

    /// <summary>A guest after power on: memory and drivers of its own, nothing connected.</summary>
    public void NewGuest()
    {
        DropGuest();
        Memory = MockGuestMemory.Create(MemorySize);
        Drivers = [.. Enumerable.Range(0, 2 * Pairs).Select(_ => MockDriver.Create(Memory, Ring))];
        Qemu = new MockQemu(Memory, Drivers)
        {
            Features = Ring.Features | Features.ProtocolFeatures | (Pairs > 1 ? Features.MultiQueue : 0),
            Mtu = Mtu,
        };
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
        for (int i = 0; i < 4; i++)
            Link.Turn();
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

    /// <summary>QEMU is killed.</summary>
    public void Disconnect()
    {
        FrontEnd.Dispose();
        Turn();
        Assert.That(Link.Guest.IsConnected, Is.False);
    }

    public void Dispose()
    {
        FrontEnd?.Dispose();
        Link.Dispose();
        DropGuest();
        _directory.Dispose();
    }

    private void DropGuest()
    {
        Qemu?.Dispose();
        foreach (MockDriver driver in Drivers)
            driver.Dispose();
        Memory?.Dispose();
    }
}
