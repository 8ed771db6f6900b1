using QemuL2tp.Integration.Peers;
using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// A guest that changes at run time what it offloads, by ethtool and by XDP programs. A relay looks at each packet that leaves.
/// </summary>
[TestFixture]
public sealed class VhostUserOffloadSwitches
{
    /// <summary>As our program prints it.</summary>
    private static readonly Nic s_fixed = new(194, "fixed", "", ",ctrl_guest_offloads=off");

    /// <summary>QEMU's default: the driver switches its offloads off by the control queue, of which we hear nothing.</summary>
    private static readonly Nic s_changing = new(195, "changing", "", "");

    private static readonly Nic s_plain = new(196, "plain", ",x-offload-rx=off", "");

    private static readonly Nic[] s_nics = [s_fixed, s_changing, s_plain];

    /// <summary>What is switched off, one after the other; a feature that needs another goes with it.</summary>
    private static readonly string[] s_off = ["tso", "tso gso", "gso", "sg", "tx", "gro", "rx-gro-hw", "tx rx gso gro rx-gro-hw"];

    private readonly Dictionary<Nic, QemuL2tpBackEnd> _backEnds = [];
    private readonly Dictionary<Nic, UdpRelay> _relays = [];
    private Vm? _guest;

    private static IEnumerable<TestCaseData> Switches =>
        from nic in new[] { s_fixed, s_changing }
        from off in s_off
        select new TestCaseData(nic, off).SetArgDisplayNames(nic.Name, off.Replace(' ', '_'));

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        foreach (Nic nic in s_nics)
        {
            _backEnds[nic] = new($"vhost-switches-{nic.Name}", nic.Wire.BehindRelay) { VhostUser = true, FrontendOptions = nic.Frontend };
            _backEnds[nic].Start();
            _relays[nic] = RelayedWire.Open(nic.Wire, seed: 1);
        }

        _guest = GuestVm.Boot("vhost-switches-guest", machine: 16, [.. s_nics.Select(nic => new GuestNic(nic.Wire, _backEnds[nic].NetdevOf(nic.Wire), nic.Device))]);
        VhostUserLab.AddToPeer(s_nics.Select(nic => nic.Wire));
        _guest.Batch(s_nics.SelectMany(nic => nic.Wire.GuestCommands()));
        foreach (Vm vm in new[] { _guest, Lab.Peer })
            FileTransfer.Prepare(vm, 1 << 20);
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _guest?.Dispose();
        foreach (QemuL2tpBackEnd backEnd in _backEnds.Values)
            backEnd.Dispose();
        foreach (UdpRelay relay in _relays.Values)
            relay.Dispose();
    }

    [TestCaseSource(nameof(Switches))]
    public void With_ethtool(Nic nic, string off)
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

        AssertCarries(nic);
        Assert.That(Cut(nic), Is.GreaterThan(before), "super-frames from the guest, with all of it on again");
    }

    [Test]
    public void A_driver_that_cannot_switch_its_offloads_off_refuses_an_XDP_program_and_the_stack_takes_it()
    {
        Assert.That(_guest!.Try($"xdp {s_fixed.Wire.Nic} native pass"), Is.EqualTo((1, "attaching: Operation not supported\n")));
        AssertCarries(s_fixed);
        AssertXdp(s_fixed, "generic");
    }

    [Test]
    public void A_driver_that_gets_no_super_frames_takes_an_XDP_program() => AssertXdp(s_plain, "native");

    /// <summary>It tells QEMU that it takes no super-frames any more, and drops them.</summary>
    [Test]
    public void A_driver_that_took_super_frames_before_its_XDP_program_gets_single_packets_soon()
    {
        using (new Xdp(_guest!, s_changing.Wire, "native", "pass"))
        {
            AssertCarries(s_changing);
            Assert.That(_backEnds[s_changing].Process.Error, Does.Contain("the guest's driver drops what was put together for it"));
        }

        Driver.Reload(_guest!, s_changing.Wire);
        _guest!.Batch(s_changing.Wire.GuestCommands());
        AssertCarries(s_changing);
    }

    /// <summary>With a program that drops, pings get no answer, so it is there; with one that passes files arrive whole.</summary>
    private void AssertXdp(Nic nic, string place)
    {
        using (new Xdp(_guest!, nic.Wire, place, "drop"))
            Assert.That(Ping.Unanswered(_guest!, nic.Wire.PeerAddress), Is.Zero);
        using (new Xdp(_guest!, nic.Wire, place, "pass"))
            AssertCarries(nic);
        AssertCarries(nic);
    }

    /// <summary>Pings and files, both ways; all that leaves is complete.</summary>
    private void AssertCarries(Nic nic)
    {
        List<byte[]> packets = [];
        _relays[nic].FromNear = packet =>
        {
            lock (packets)
                packets.Add(packet);
        };
        PingSet.AssertAllAnswered(_guest!, nic.Wire);
        FileTransfer.AssertArrivesWhole(_guest!, Lab.Peer, nic.Wire.PeerAddress6);
        FileTransfer.AssertArrivesWhole(Lab.Peer, _guest!, nic.Wire.GuestAddress);
        FileTransfer.AssertArrivesWhole(Lab.Peer, _guest!, nic.GuestAddress6);
        _relays[nic].FromNear = null;
        lock (packets)
        {
            foreach (InnerPacket packet in packets.Select(packet => InnerPacket.TryRead(packet[nic.Wire.HeaderBytes..])).OfType<InnerPacket>())
                packet.AssertComplete();
        }
    }

    /// <summary>What the driver has not got, or has fixed, is passed over.</summary>
    private void Set(Nic nic, string[] switches, string value)
    {
        foreach (string each in switches)
            _guest!.Try($"ethtool -K {nic.Wire.Nic} {each} {value}");
    }

    private long Cut(Nic nic) => Statistics.OfVhostUser(_backEnds[nic], nic.Wire).SuperFramesCut;

    /// <summary>A NIC of the guest.</summary>
    /// <param name="Number">Of its wire.</param>
    /// <param name="Name">For the case.</param>
    /// <param name="Frontend">Options of <c>--frontend</c>, each with a comma in front.</param>
    /// <param name="Device">Properties of the device, each with a comma in front.</param>
    public sealed record Nic(int Number, string Name, string Frontend, string Device)
    {
        internal Wire Wire => VhostUserWires.Of(Number);

        internal string GuestAddress6 => $"fd01:{Number}::1";
    }
}
