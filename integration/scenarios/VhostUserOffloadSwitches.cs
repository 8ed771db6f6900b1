using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// A guest that changes at run time what it offloads, by ethtool and by XDP programs. A relay looks at each packet that leaves.
/// </summary>
[TestFixture]
public sealed class VhostUserOffloadSwitches
{
    /// <summary>What is switched off, one after the other; a feature that needs another goes with it.</summary>
    private static readonly string[] s_off = ["tso", "tso gso", "gso", "sg", "tx", "gro", "rx-gro-hw", "tx rx gso gro rx-gro-hw"];

    private static IEnumerable<TestCaseData> Switches =>
        from nic in new[] { OffloadLab.NotSwitched, OffloadLab.Switched }
        from off in s_off
        select new TestCaseData(nic, off).SetArgDisplayNames(nic.Name, off.Replace(' ', '_'));

    [OneTimeSetUp]
    public void Prepare_files()
    {
        foreach (Vm vm in new[] { OffloadLab.Guest, Lab.Peer })
            FileTransfer.Prepare(vm, 1 << 20);
    }

    [TestCaseSource(nameof(Switches))]
    public void With_ethtool(OffloadNic nic, string off)
    {
        string[] switches = off.Split(' ');
        long before = Cut(nic);
        Set(nic, switches, "off");
        try
        {
            AssertCarries(nic);
            bool isCutByGuest = switches.Any(each => each is "tso" or "sg" or "tx");
            Assert.That(Cut(nic) > before, Is.Not.EqualTo(isCutByGuest), "super-frames from the guest");
        }
        finally
        {
            Set(nic, ["tx", "sg", "tso", "gso", "rx", "gro", "rx-gro-hw"], "on");
        }

        long again = Cut(nic);
        FileTransfer.AssertArrivesWhole(Lab.Peer, OffloadLab.Guest, nic.Wire.GuestAddress);
        Assert.That(Cut(nic), Is.GreaterThan(again), "super-frames from the guest, with all of it on again");
    }

    [Test]
    public void A_driver_that_cannot_switch_its_offloads_off_refuses_an_XDP_program_and_the_stack_takes_it()
    {
        Assert.That(OffloadLab.Guest.Try($"xdp {OffloadLab.NotSwitched.Wire.Nic} native pass"), Is.EqualTo((1, "attaching: Operation not supported\n")));
        AssertCarries(OffloadLab.NotSwitched);
        AssertXdp(OffloadLab.NotSwitched, "generic");
    }

    [Test]
    public void A_driver_that_gets_no_super_frames_takes_an_XDP_program() => AssertXdp(OffloadLab.Plain, "native");

    /// <summary>It tells QEMU that it takes no super-frames any more, and drops them.</summary>
    [Test]
    public void A_driver_that_took_super_frames_before_its_XDP_program_gets_single_packets_soon()
    {
        using (new Xdp(OffloadLab.Guest, OffloadLab.Switched.Wire, "native", "pass"))
        {
            AssertCarries(OffloadLab.Switched);
            Assert.That(OffloadLab.BackEndOf(OffloadLab.Switched).Process.Error, Does.Contain("the guest's driver drops what was put together for it"));
        }

        Driver.Reload(OffloadLab.Guest, OffloadLab.Switched.Wire);
        OffloadLab.Guest.Batch(OffloadLab.Switched.Wire.GuestCommands());
        AssertCarries(OffloadLab.Switched);
    }

    /// <summary>With a program that drops, pings get no answer, so it is there; with one that passes files arrive whole.</summary>
    private static void AssertXdp(OffloadNic nic, string place)
    {
        using (new Xdp(OffloadLab.Guest, nic.Wire, place, "drop"))
            Assert.That(Ping.Unanswered(OffloadLab.Guest, nic.Wire.PeerAddress), Is.Zero);
        using (new Xdp(OffloadLab.Guest, nic.Wire, place, "pass"))
            AssertCarries(nic);
        AssertCarries(nic);
    }

    /// <summary>Pings and files, both ways; all that leaves is complete.</summary>
    private static void AssertCarries(OffloadNic nic)
    {
        List<byte[]> packets = [];
        OffloadLab.RelayOf(nic).FromNear = packet =>
        {
            lock (packets)
                packets.Add(packet);
        };
        PingSet.AssertAllAnswered(OffloadLab.Guest, nic.Wire);
        FileTransfer.AssertArrivesWhole(OffloadLab.Guest, Lab.Peer, nic.Wire.PeerAddress6);
        FileTransfer.AssertArrivesWhole(Lab.Peer, OffloadLab.Guest, nic.Wire.GuestAddress);
        FileTransfer.AssertArrivesWhole(Lab.Peer, OffloadLab.Guest, nic.GuestAddress6);
        OffloadLab.RelayOf(nic).FromNear = null;
        lock (packets)
        {
            foreach (InnerPacket packet in packets.Select(packet => InnerPacket.TryRead(packet[nic.Wire.HeaderBytes..])).OfType<InnerPacket>())
                packet.AssertComplete();
        }
    }

    /// <summary>What the driver has not got, or has fixed, is passed over.</summary>
    private static void Set(OffloadNic nic, string[] switches, string value)
    {
        foreach (string each in switches)
            OffloadLab.Guest.Try($"ethtool -K {nic.Wire.Nic} {each} {value}");
    }

    private static long Cut(OffloadNic nic) => OffloadLab.StatisticsOf(nic).SuperFramesCut;
}
