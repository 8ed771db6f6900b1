using QemuL2tp.Integration.Peers;
using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// Super-frames that go on: a guest is a bridge, then a router, between two NICs, and relays compare what comes out with what went in. And
/// super-frames that are disturbed: qemu-l2tp is killed under them, packets overtake each other.
/// </summary>
[TestFixture]
public sealed class VhostUserOffloadPaths
{
    /// <summary>The peer's network namespace behind the second NIC.</summary>
    private const string Behind = "behind";

    private static readonly Wire s_front = VhostUserWires.Of(197);
    private static readonly Wire s_back = VhostUserWires.Of(198);
    private static readonly Wire s_disturbed = VhostUserWires.Of(199) with { Sequencing = "send", MoreOptions = ",x-seq=rfc3931,x-reorder-window=64" };
    private static readonly Wire[] s_wires = [s_front, s_back, s_disturbed];

    private readonly Dictionary<Wire, QemuL2tpBackEnd> _backEnds = [];
    private readonly Dictionary<Wire, UdpRelay> _relays = [];
    private Vm? _guest;

    private static string BackAddress6 => $"fd01:{s_front.Number}::3";

    private static string BackAddress => $"10.1.{s_front.Number}.3";

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        foreach (Wire wire in s_wires)
        {
            _backEnds[wire] = new($"vhost-paths-{wire.Number}", wire.BehindRelay) { VhostUser = true };
            _backEnds[wire].Start();
            _relays[wire] = RelayedWire.Open(wire, seed: 1);
        }

        _guest = GuestVm.Boot("vhost-paths-guest", machine: 17, [.. s_wires.Select(wire => new GuestNic(wire, _backEnds[wire].NetdevOf(wire.BehindRelay), ",rx_queue_size=1024,tx_queue_size=1024,ctrl_guest_offloads=off"))]);
        VhostUserLab.AddToPeer(s_wires);
        _guest.Batch(s_disturbed.GuestCommands());
        Lab.Peer.Run($"ip netns add {Behind}; ip link set {s_back.PeerInterface} netns {Behind}; ip -n {Behind} link set {s_back.PeerInterface} up");
        foreach (Vm vm in new[] { _guest, Lab.Peer })
            FileTransfer.Prepare(vm, 4 << 20);
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

    [Test]
    public void A_bridge_sends_each_frame_as_it_came([Values] bool isIPv6)
    {
        GiveBehind($"address add {BackAddress}/24", $"address add {BackAddress6}/64");
        _guest!.Run($"ip link add br0 type bridge && for nic in {s_front.Nic} {s_back.Nic}; do ip address flush dev $nic scope global; ip link set $nic up master br0; done; ip link set br0 up");
        try
        {
            AssertPasses(packet => packet.Bridged, isIPv6 ? s_front.PeerAddress6 : s_front.PeerAddress, isIPv6 ? BackAddress6 : BackAddress);
        }
        finally
        {
            _guest.Run("ip link delete br0");
        }
    }

    [Test]
    public void A_router_changes_nothing_but_what_a_router_must([Values] bool isIPv6)
    {
        GiveBehind(
            $"address add {s_back.PeerAddress}/24", $"address add {s_back.PeerAddress6}/64",
            $"route replace default via 10.1.{s_back.Number}.1", $"-6 route replace default via fd01:{s_back.Number}::1");
        _guest!.Batch([.. s_front.GuestCommands(), .. s_back.GuestCommands()]);
        _guest.Run("echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
        Lab.Peer.Run($"ip route replace 10.1.{s_back.Number}.0/24 via 10.1.{s_front.Number}.1; ip -6 route replace fd01:{s_back.Number}::/64 via fd01:{s_front.Number}::1");
        try
        {
            AssertPasses(packet => packet.Routed, isIPv6 ? s_front.PeerAddress6 : s_front.PeerAddress, isIPv6 ? s_back.PeerAddress6 : s_back.PeerAddress);
        }
        finally
        {
            _guest.Run($"for nic in {s_front.Nic} {s_back.Nic}; do ip address flush dev $nic scope global; done");
        }
    }

    [Test]
    public void A_file_arrives_whole_though_qemu_l2tp_is_killed_again_and_again([Values] bool isToGuest)
    {
        UdpRelay relay = _relays[s_disturbed];
        QemuL2tpBackEnd backEnd = _backEnds[s_disturbed];
        Vm to = isToGuest ? _guest! : Lab.Peer, from = isToGuest ? Lab.Peer : _guest!;
        FileTransfer.Prepare(from, 32 << 20);
        (long Cut, long Made) all = default;
        FileTransfer.AssertArrivesWholeInSpiteOf(to, from, isToGuest ? s_disturbed.PeerAddress : s_disturbed.GuestAddress, () =>
        {
            for (int i = 0; i < 3; i++)
            {
                int before = Arrived(relay, isToGuest);
                Until.True(() => Arrived(relay, isToGuest) >= before + 2000, "some of it has passed");
                Statistics statistics = Statistics.OfVhostUser(backEnd, s_disturbed);
                all = (all.Cut + statistics.SuperFramesCut, all.Made + statistics.SuperFramesMade);
                backEnd.Process.Kill();
                backEnd.Dispose();
                backEnd.Start();
            }
        });
        Assert.That(isToGuest ? all.Made : all.Cut, Is.Positive, "super-frames");
        FileTransfer.Prepare(from, 4 << 20);
    }

    /// <summary>With a window the packets are in order again before segments are put together.</summary>
    [Test]
    public void Packets_that_overtake_each_other_are_put_together_all_the_same([Values] bool isIPv6)
    {
        _relays[s_disturbed].Impair(toFar: Impairment.None, toNear: new() { Reordering = 0.2, MaximumShift = 8, ShiftTime = TimeSpan.FromMilliseconds(5) });
        try
        {
            Statistics before = Statistics.OfVhostUser(_backEnds[s_disturbed], s_disturbed);
            FileTransfer.AssertArrivesWhole(_guest!, Lab.Peer, isIPv6 ? s_disturbed.PeerAddress6 : s_disturbed.PeerAddress);
            Statistics after = Statistics.OfVhostUser(_backEnds[s_disturbed], s_disturbed);
            TestContext.Out.WriteLine($"put in order {after.Received("reordered") - before.Received("reordered")}, super-frames made {after.SuperFramesMade - before.SuperFramesMade}");
            Assert.That(after.Received("reordered"), Is.GreaterThan(before.Received("reordered")));
            Assert.That(after.SuperFramesMade, Is.GreaterThan(before.SuperFramesMade));
        }
        finally
        {
            _relays[s_disturbed].Impair(Impairment.None, Impairment.None);
            _relays[s_disturbed].Flush();
        }
    }

    private static int Arrived(UdpRelay relay, bool isToGuest) => isToGuest ? relay.Arrived.FromFar : relay.Arrived.FromNear;

    /// <summary>Gives what is behind the second NIC addresses and routes of its own. Those of the link stay: routers ask for neighbours from them.</summary>
    private static void GiveBehind(params string[] commands)
    {
        Lab.Peer.Run($"ip -n {Behind} address flush dev {s_back.PeerInterface} scope global");
        foreach (string command in commands)
            Lab.Peer.Run($"ip -n {Behind} {command} dev {s_back.PeerInterface}{(command.Contains('/') && command.Contains(':') ? " nodad" : "")}");
    }

    /// <summary>Files through the guest, both ways.</summary>
    /// <param name="form">The bytes that the guest must not change.</param>
    /// <param name="front">An address of the peer in front of the guest.</param>
    /// <param name="back">An address behind it.</param>
    private void AssertPasses(Func<InnerPacket, string> form, string front, string back)
    {
        List<byte[]> toGuest = [], fromGuest = [], backToGuest = [], guestToFront = [];
        (_relays[s_front].FromFar, _relays[s_back].FromNear) = (Into(toGuest), Into(fromGuest));
        (_relays[s_back].FromFar, _relays[s_front].FromNear) = (Into(backToGuest), Into(guestToFront));
        (long cut, long made) before = Counted();
        FileTransfer.AssertArrivesWhole(Lab.Peer, Lab.Peer, front, toNamespace: Behind);
        FileTransfer.AssertArrivesWhole(Lab.Peer, Lab.Peer, back, fromNamespace: Behind);
        (long cut, long made) after = Counted();
        foreach (UdpRelay relay in new[] { _relays[s_front], _relays[s_back] })
            (relay.FromFar, relay.FromNear) = (null, null);
        TestContext.Out.WriteLine($"packets {fromGuest.Count} and {guestToFront.Count}; super-frames made {after.made - before.made}, cut {after.cut - before.cut}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.made, Is.GreaterThan(before.made));
            Assert.That(after.cut, Is.GreaterThan(before.cut));
            AssertCameSo(Forms(fromGuest, form), Forms(toGuest, form));
            AssertCameSo(Forms(guestToFront, form), Forms(backToGuest, form));
        }
    }

    /// <summary>What went out came in, in this order. The guest may drop.</summary>
    private static void AssertCameSo(string[] sent, string[] came)
    {
        Assert.That(sent, Has.Length.GreaterThan(1000));
        int at = 0;
        foreach (string frame in sent)
        {
            at = Array.IndexOf(came, frame, at) + 1;
            if (at == 0)
                Assert.Fail($"this did not come in, or not in this order: {frame}");
        }
    }

    private static string[] Forms(List<byte[]> packets, Func<InnerPacket, string> form)
    {
        lock (packets)
            return [.. packets.Select(packet => InnerPacket.TryRead(packet[s_front.HeaderBytes..])).OfType<InnerPacket>().Where(packet => packet.IsTcp).Select(form)];
    }

    private static Action<byte[]> Into(List<byte[]> packets) => packet =>
    {
        lock (packets)
            packets.Add(packet);
    };

    private (long Cut, long Made) Counted()
    {
        Statistics front = Statistics.OfVhostUser(_backEnds[s_front], s_front), back = Statistics.OfVhostUser(_backEnds[s_back], s_back);
        return (front.SuperFramesCut + back.SuperFramesCut, front.SuperFramesMade + back.SuperFramesMade);
    }
}
