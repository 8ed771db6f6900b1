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

    private static readonly Wire s_front = OffloadLab.Front.Wire;
    private static readonly Wire s_back = OffloadLab.Back.Wire;
    private static readonly Wire s_disturbed = OffloadLab.Disturbed.Wire;

    private static string BackAddress6 => $"fd01:{s_front.Number}::3";

    private static string BackAddress => $"10.1.{s_front.Number}.3";

    [OneTimeSetUp]
    public void Prepare()
    {
        foreach (Vm vm in new[] { OffloadLab.Guest, Lab.Peer })
            FileTransfer.Prepare(vm, 2 << 20);
        Lab.Peer.Run($"ip netns add {Behind}; ip link set {s_back.PeerInterface} netns {Behind}; ip -n {Behind} link set {s_back.PeerInterface} up");
    }

    [Test]
    public void A_bridge_sends_each_frame_as_it_came([Values] bool isIPv6)
    {
        GiveBehind($"address add {BackAddress}/24", $"address add {BackAddress6}/64");
        OffloadLab.Guest.Run($"ip link add br0 type bridge && for nic in {s_front.Nic} {s_back.Nic}; do ip address flush dev $nic scope global; ip link set $nic up master br0; done; ip link set br0 up");
        try
        {
            AssertPasses(packet => packet.Bridged, isIPv6 ? s_front.PeerAddress6 : s_front.PeerAddress, isIPv6 ? BackAddress6 : BackAddress);
        }
        finally
        {
            OffloadLab.Guest.Run("ip link delete br0");
        }
    }

    [Test]
    public void A_router_changes_nothing_but_what_a_router_must([Values] bool isIPv6)
    {
        GiveBehind(
            $"address add {s_back.PeerAddress}/24", $"address add {s_back.PeerAddress6}/64",
            $"route replace default via 10.1.{s_back.Number}.1", $"-6 route replace default via fd01:{s_back.Number}::1");
        OffloadLab.Guest.Batch([.. s_front.GuestCommands(), .. s_back.GuestCommands()]);
        OffloadLab.Guest.Run("echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
        Lab.Peer.Run($"ip route replace 10.1.{s_back.Number}.0/24 via 10.1.{s_front.Number}.1; ip -6 route replace fd01:{s_back.Number}::/64 via fd01:{s_front.Number}::1");
        try
        {
            AssertPasses(packet => packet.Routed, isIPv6 ? s_front.PeerAddress6 : s_front.PeerAddress, isIPv6 ? s_back.PeerAddress6 : s_back.PeerAddress);
        }
        finally
        {
            OffloadLab.Guest.Run($"for nic in {s_front.Nic} {s_back.Nic}; do ip address flush dev $nic scope global; done");
        }
    }

    [Test]
    public void A_file_arrives_whole_though_qemu_l2tp_is_killed_again_and_again([Values] bool isToGuest)
    {
        UdpRelay relay = OffloadLab.RelayOf(OffloadLab.Disturbed);
        QemuL2tpBackEnd backEnd = OffloadLab.BackEndOf(OffloadLab.Disturbed);
        Vm to = isToGuest ? OffloadLab.Guest : Lab.Peer, from = isToGuest ? Lab.Peer : OffloadLab.Guest;
        FileTransfer.Prepare(from, 16 << 20);
        (long Cut, long Made) all = default;
        FileTransfer.AssertArrivesWholeInSpiteOf(to, from, isToGuest ? s_disturbed.PeerAddress : s_disturbed.GuestAddress, () =>
        {
            for (int i = 0; i < 3; i++)
            {
                int before = Arrived(relay, isToGuest);
                Until.True(() => Arrived(relay, isToGuest) >= before + 1000, "some of it has passed");
                Statistics statistics = OffloadLab.StatisticsOf(OffloadLab.Disturbed);
                all = (all.Cut + statistics.SuperFramesCut, all.Made + statistics.SuperFramesMade);
                backEnd.Process.Kill();
                backEnd.Dispose();
                backEnd.Start();
            }
        });
        Assert.That(isToGuest ? all.Made : all.Cut, Is.Positive, "super-frames");
        FileTransfer.Prepare(from, 2 << 20);
    }

    /// <summary>With a window the packets are in order again before segments are put together.</summary>
    [Test]
    public void Packets_that_overtake_each_other_are_put_together_all_the_same([Values] bool isIPv6)
    {
        OffloadLab.RelayOf(OffloadLab.Disturbed).Impair(toFar: Impairment.None, toNear: new() { Reordering = 0.2, MaximumShift = 8, ShiftTime = TimeSpan.FromMilliseconds(5) });
        try
        {
            Statistics before = OffloadLab.StatisticsOf(OffloadLab.Disturbed);
            FileTransfer.AssertArrivesWhole(OffloadLab.Guest, Lab.Peer, isIPv6 ? s_disturbed.PeerAddress6 : s_disturbed.PeerAddress);
            Statistics after = OffloadLab.StatisticsOf(OffloadLab.Disturbed);
            TestContext.Out.WriteLine($"put in order {after.Received("reordered") - before.Received("reordered")}, super-frames made {after.SuperFramesMade - before.SuperFramesMade}");
            Assert.That(after.Received("reordered"), Is.GreaterThan(before.Received("reordered")));
            Assert.That(after.SuperFramesMade, Is.GreaterThan(before.SuperFramesMade));
        }
        finally
        {
            OffloadLab.RelayOf(OffloadLab.Disturbed).Impair(Impairment.None, Impairment.None);
            OffloadLab.RelayOf(OffloadLab.Disturbed).Flush();
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
    private static void AssertPasses(Func<InnerPacket, string> form, string front, string back)
    {
        List<byte[]> toGuest = [], fromGuest = [], backToGuest = [], guestToFront = [];
        (OffloadLab.RelayOf(OffloadLab.Front).FromFar, OffloadLab.RelayOf(OffloadLab.Back).FromNear) = (Into(toGuest), Into(fromGuest));
        (OffloadLab.RelayOf(OffloadLab.Back).FromFar, OffloadLab.RelayOf(OffloadLab.Front).FromNear) = (Into(backToGuest), Into(guestToFront));
        (long cut, long made) before = Counted();
        FileTransfer.AssertArrivesWhole(Lab.Peer, Lab.Peer, front, toNamespace: Behind);
        FileTransfer.AssertArrivesWhole(Lab.Peer, Lab.Peer, back, fromNamespace: Behind);
        (long cut, long made) after = Counted();
        foreach (UdpRelay relay in new[] { OffloadLab.RelayOf(OffloadLab.Front), OffloadLab.RelayOf(OffloadLab.Back) })
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

    private static (long Cut, long Made) Counted()
    {
        Statistics front = OffloadLab.StatisticsOf(OffloadLab.Front), back = OffloadLab.StatisticsOf(OffloadLab.Back);
        return (front.SuperFramesCut + back.SuperFramesCut, front.SuperFramesMade + back.SuperFramesMade);
    }
}
