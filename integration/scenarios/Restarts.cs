using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// A guest with two wires: on one qemu-l2tp listens, on the other QEMU does. Each side is killed in the middle
/// of traffic, and the guest reboots.
/// </summary>
[TestFixture]
public sealed class Restarts
{
    private readonly QemuL2tpBackEnd _listening = new("restarts-listening", Wires.QemuRestarts);
    private readonly QemuL2tpBackEnd _connecting = new("restarts-connecting", Wires.WeRestart) { Server = false };
    private readonly List<Vm> _boots = [];

    private Vm Current => _boots[^1];

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.QemuRestarts);
        _listening.Start();
        _connecting.Start();
        BootGuest();
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _boots.ForEach(boot => boot.Dispose());
        _listening.Dispose();
        _connecting.Dispose();
    }

    [Test]
    public void Killing_qemu_is_survived()
    {
        int before = _listening.Process.Id;
        using (var traffic = new Traffic(Lab.Peer, Wires.QemuRestarts.GuestAddress))
        {
            traffic.WaitForReplies();
            Current.Dispose();
            BootGuest();
            traffic.WaitForReplies();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_listening.Process.Running && _listening.Process.Id == before, "the same qemu-l2tp goes on");
            Assert.That(Ping.From(Lab.Peer, Wires.QemuRestarts.GuestAddress), Is.EqualTo((3, 3)), "qemu-l2tp listens");
            Assert.That(Ping.From(Lab.Peer, Wires.WeRestart.GuestAddress), Is.EqualTo((3, 3)), "QEMU listens");
        }
    }

    [Test]
    public void A_guest_reboot_is_survived()
    {
        Current.Reboot();
        Configure(Current);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Ping.From(Current, Wires.QemuRestarts.PeerAddress), Is.EqualTo((3, 3)), "qemu-l2tp listens");
            Assert.That(Ping.From(Current, Wires.WeRestart.PeerAddress), Is.EqualTo((3, 3)), "QEMU listens");
        }
    }

    [Test]
    public void Killing_qemu_l2tp_is_survived_when_QEMU_listens()
    {
        using var traffic = new Traffic(Lab.Peer, Wires.WeRestart.GuestAddress);
        traffic.WaitForReplies();
        _connecting.Dispose();
        Assert.That(Ping.Unanswered(Lab.Peer, Wires.WeRestart.GuestAddress), Is.Zero, "while it is away");
        _connecting.Launch();
        TimeSpan time = traffic.WaitForReplies();
        Assert.That(Ping.From(Current, Wires.WeRestart.PeerAddress, 1472), Is.EqualTo((3, 3)));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"replies again {time.TotalSeconds:0.0} s after its start"));
    }

    private void BootGuest()
    {
        _boots.Add(GuestVm.Boot(
            "restarting",
            machine: 4,
            [new(Wires.QemuRestarts, _listening.NetdevOf(Wires.QemuRestarts)), new(Wires.WeRestart, _connecting.NetdevOf(Wires.WeRestart))]));
        Configure(Current);
    }

    private static void Configure(Vm guest) =>
        guest.Batch([.. Wires.QemuRestarts.GuestCommands(), .. Wires.WeRestart.GuestCommands()]);
}
