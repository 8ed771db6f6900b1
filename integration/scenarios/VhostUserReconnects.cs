using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// qemu-l2tp ends or is killed while QEMU and its guest go on, and is started again: the guest sees its link go and come,
/// numbered frames show what was sent twice. For one NIC QEMU connects again, for the other it listens.
/// </summary>
[TestFixture]
public sealed class VhostUserReconnects
{
    /// <summary>What qemu-l2tp takes in one turn, and may have sent before it told the guest.</summary>
    private const int Batch = 64;

    private const int Rate = 20_000;
    private static readonly Wire[] s_wires = [UdpFarEnd.WireOf(162), UdpFarEnd.WireOf(163), UdpFarEnd.WireOf(175)];
    private readonly QemuL2tpBackEnd[] _backEnds =
    [
        new("vhost-reconnects-listening", s_wires[0]) { VhostUser = true },
        new("vhost-reconnects-connecting", s_wires[1]) { VhostUser = true, Server = false },
        new("vhost-reconnects-packed", s_wires[2]) { VhostUser = true },
    ];

    private Vm? _guest;

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        foreach (QemuL2tpBackEnd backEnd in _backEnds)
        {
            backEnd.Start();
        }

        _guest = GuestVm.Boot(
            "vhost-reconnects-guest",
            machine: 9,
            [.. s_wires.Select((wire, i) => new GuestNic(wire, _backEnds[i].NetdevOf(wire), i == 2 ? ",packed=on" : ""))]);
        _guest.Batch(s_wires.SelectMany(wire => wire.GuestCommands()));
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _guest?.Dispose();
        foreach (QemuL2tpBackEnd backEnd in _backEnds)
        {
            backEnd.Dispose();
        }
    }

    [TestCase(0, Signals.Kill, Batch, TestName = "killed_and_QEMU_connects_again")]
    [TestCase(1, Signals.Kill, Batch, TestName = "killed_and_QEMU_listens")]
    [TestCase(0, Signals.Term, 0, TestName = "ended_and_QEMU_connects_again")]
    [TestCase(1, Signals.Term, 0, TestName = "ended_and_QEMU_listens")]
    public void Traffic_resumes(int which, int signal, int atMostTwice)
    {
        Wire wire = s_wires[which];
        QemuL2tpBackEnd backEnd = _backEnds[which];
        using var far = new GeneratedFrames(wire);
        using var generator = new PacketGenerator(_guest!, wire, Rate);
        generator.Start();
        string times = "";
        for (int i = 0; i < 3; i++)
        {
            far.WaitForMore();
            backEnd.Process.Signal(signal);
            Until.True(() => !backEnd.Process.Running, "it has ended");
            Until.True(() => Carrier(wire) == 0, "the guest has no carrier");
            backEnd.Dispose();
            backEnd.Start();
            TimeSpan time = far.WaitForMore();
            Until.True(() => Carrier(wire) == 1, "the guest has a carrier");
            times += string.Create(CultureInfo.InvariantCulture, $" {time.TotalSeconds:0.0}");
            AssertReceives(far, wire);
        }

        generator.Stop();
        Until.Settled(() => far.Count);
        TestContext.Out.WriteLine($"frames again{times} s after it was ready; {far.Count} frames in all, {far.Twice} of them came twice");
        Assert.That(far.Twice, Is.AtMost(3 * atMostTwice));
    }

    /// <summary>
    /// QEMU has no place to read from how far a packed ring had come (virtio_queue_packed_restore_last_avail_idx), and gives a
    /// position from before. The ring is of no use until the driver makes a new one.
    /// </summary>
    [Test]
    public void A_packed_ring_needs_its_driver_to_start_anew()
    {
        (Wire wire, QemuL2tpBackEnd backEnd) = (s_wires[2], _backEnds[2]);
        using var far = new GeneratedFrames(wire);
        using var generator = new PacketGenerator(_guest!, wire, Rate);
        generator.Start();
        far.WaitForMore();
        backEnd.Process.Kill();
        backEnd.Dispose();
        backEnd.Start();
        Until.True(() => Carrier(wire) == 1, "the guest has a carrier");
        generator.Stop();
        Driver.Reload(_guest!, wire);
        _guest!.Batch(wire.GuestCommands());
        generator.Start();
        far.WaitForMore();
        AssertReceives(far, wire);
        TestContext.Out.WriteLine($"{far.Count} frames in all, {far.Twice} of them came twice");
    }

    private int Carrier(Wire wire) => int.Parse(_guest!.Run($"cat /sys/class/net/{wire.Nic}/carrier"), CultureInfo.InvariantCulture);

    private void AssertReceives(GeneratedFrames far, Wire wire)
    {
        string count = $"cat /sys/class/net/{wire.Nic}/statistics/rx_packets";
        long before = long.Parse(_guest!.Run(count), CultureInfo.InvariantCulture);
        const int sent = 50; // For which the ring has room.
        far.SendBurst(sent);
        Assert.That(Until.Reached(() => long.Parse(_guest.Run(count), CultureInfo.InvariantCulture) - before, sent), Is.EqualTo(sent), "frames to the guest");
    }
}
