using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// A guest with two NICs behind vhost-user: for one qemu-l2tp listens, for the other QEMU does. QEMU is killed, the guest
/// reboots, the driver lets go of the device and takes it again, each under traffic.
/// </summary>
[TestFixture]
public sealed class VhostUserLife
{
    private static readonly Wire[] s_wires = [VhostUserWires.Of(160), VhostUserWires.Of(161)];
    private readonly QemuL2tpBackEnd _listening = new("vhost-life-listening", s_wires[0]) { VhostUser = true };
    private readonly QemuL2tpBackEnd _connecting = new("vhost-life-connecting", s_wires[1]) { VhostUser = true, Server = false };
    private readonly List<Vm> _boots = [];

    private Vm Current => _boots[^1];

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        _listening.Start();
        _connecting.Start();
        BootGuest();
        VhostUserLab.AddToPeer(s_wires);
        Configure();
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _boots.ForEach(boot => boot.Dispose());
        _listening.Dispose();
        _connecting.Dispose();
    }

    [SetUp]
    [TearDown]
    public void Both_NICs_work()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Wire wire in s_wires)
            {
                Assert.That(Ping.From(Current, wire.PeerAddress, 1472), Is.EqualTo((3, 3)), $"guest to peer, {wire.Id}");
                Assert.That(Ping.From(Lab.Peer, wire.GuestAddress, 1472), Is.EqualTo((3, 3)), $"peer to guest, {wire.Id}");
            }
        }
    }

    [Test]
    public void Killing_qemu_is_survived()
    {
        (int, int) before = (_listening.Process.Id, _connecting.Process.Id);
        using (var traffic = new Traffic(Lab.Peer, s_wires[0].GuestAddress))
        {
            traffic.WaitForReplies();
            Current.Dispose();
            BootGuest();
            Configure();
            traffic.WaitForReplies();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_listening.Process.Running && _connecting.Process.Running, "both go on");
            Assert.That((_listening.Process.Id, _connecting.Process.Id), Is.EqualTo(before));
        }
    }

    [Test]
    public void A_guest_reboot_is_survived()
    {
        using var traffic = new Traffic(Lab.Peer, s_wires[0].GuestAddress);
        traffic.WaitForReplies();
        Current.Reboot();
        Configure();
        traffic.WaitForReplies();
    }

    [Test]
    public void The_driver_comes_and_goes_under_load()
    {
        // Floods both ways: each request that arrives is answered.
        using var flood = new Traffic(Lab.Peer, s_wires[0].GuestAddress, "-f -s 1000");
        for (int i = 0; i < 5; i++)
        {
            foreach (Wire wire in s_wires)
            {
                Driver.Reload(Current, wire);
            }

            Configure();
            Until.True(() => Ping.IsAnswered(Current, s_wires[0].PeerAddress), "the peer replies");
        }
    }

    private void BootGuest() => _boots.Add(GuestVm.Boot(
        "vhost-life-guest",
        machine: 8,
        [new(s_wires[0], _listening.NetdevOf(s_wires[0])), new(s_wires[1], _connecting.NetdevOf(s_wires[1]))]));

    private void Configure() => Current.Batch(s_wires.SelectMany(wire => wire.GuestCommands()));
}
