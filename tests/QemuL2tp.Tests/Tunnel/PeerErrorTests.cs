using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>N-10: what the network answers never stops the pseudowire.</summary>
internal sealed class PeerErrorTests
{
    [TestCase(true, false)]
    [TestCase(true, true)]
    [TestCase(false, false)]
    public void N_10_a_peer_that_is_not_there_is_counted_and_no_frame_is_lost_once_it_is(bool udp, bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(udp, ipv6);
        if (!udp)
            Loopback.Raw(Loopback.DestinationOf(options).Address).Dispose();
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        // At least 14 bytes, as any frame has: less than 8 after the IP header, and the kernel does not look at the ICMP report.
        for (int i = 0; i < 20; i++)
            tunnel.Send(LoopbackLink.Frame(14), LoopbackLink.Frame(15), LoopbackLink.Frame(16));
        Assert.That(tunnel.Sent.FramesOut, Is.EqualTo(60), "sending goes on");
        Assert.That(tunnel.Sent.DroppedInAll, Is.Zero);
        // How soon the kernel tells depends on what else it has to tell in this host (icmp_msgs_per_sec).
        Until.True(
            () =>
            {
                tunnel.TakeReady();
                bool isRefused = tunnel.Port.Counters.PeerRefused > 0;
                tunnel.Send(LoopbackLink.Frame(14)); // So that another refusal is pending.
                return isRefused;
            },
            "refused");

        using Socket peer = Loopback.PeerOf(options);
        Loopback.Settle();
        byte[][] frames = [.. Enumerable.Range(0, 50).Select(i => LoopbackLink.Frame(20, i))];
        tunnel.Send(frames);
        foreach (byte[] frame in frames)
            Assert.That(codec.Decode(peer.ReceiveDatagram()[codec.IPv4Header.Length..], out _), Is.EqualTo(frame));

        peer.SendTo((codec with { IPv4Header = [] }).Encode([9]), Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(1), Is.EqualTo((byte[][])[[9]]));
        Assert.That(tunnel.Port.Counters.Errors, Is.EqualTo(tunnel.Port.Counters.PeerRefused), "nothing else is made of it");
        Assert.That(tunnel.Sent.DroppedInAll, Is.Zero);
    }

    [Test]
    public void N_10_a_peer_without_L2TP_over_raw_IPv6_refuses_too() => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", "address add fd00::1 dev lo nodad");
        OwnNetwork.Command("ip", "address add fd00::2 dev lo nodad");
        using var tunnel = new TunnelUnderTest(Loopback.NewOptions(udp: false, ipv6: true) with { Source = "fd00::1", Destination = "fd00::2" });
        Until.True(
            () =>
            {
                tunnel.Send(LoopbackLink.Frame(14));
                tunnel.TakeReady();
                return tunnel.Port.Counters.PeerRefused > 0;
            },
            "refused");
        Assert.That(tunnel.Port.Counters.Errors, Is.EqualTo(tunnel.Port.Counters.PeerRefused), "nothing else is made of it");
    });

    [Test]
    public void N_10_a_pending_refusal_is_taken_when_the_loop_reports_it()
    {
        using var tunnel = new TunnelUnderTest(Loopback.NewOptions());
        Until.True(
            () =>
            {
                tunnel.Send([1]);
                Loopback.Settle();
                tunnel.TakeReady();
                return tunnel.Port.Counters.PeerRefused > 0;
            },
            "refused");
        Assert.That(tunnel.Fill(), Is.Zero);
        Assert.That((tunnel.Port.Counters.PeerRefused, tunnel.Port.Counters.Errors), Is.EqualTo((1, 1)), "counted once");
    }

    [Test]
    public void N_10_a_refusal_without_room_in_the_error_queue_costs_no_frame()
    {
        // What lies unread fills the receive buffer, which the error queue shares; the refusal then has no report.
        L2tpv3Options options = Loopback.NewOptions();
        using var tunnel = new TunnelUnderTest(options);
        using (Socket stranger = Loopback.PeerOf(options with { DestinationPort = "0" }))
        {
            byte[] big = new byte[60_000];
            for (int i = 0; i < 400; i++)
                stranger.SendTo(big, Loopback.SourceOf(options));
            for (int i = 0; i < 1000; i++)
                stranger.SendTo([0], Loopback.SourceOf(options));
        }

        for (int i = 0; i < 20; i++)
            tunnel.Send([1], [2], [3]);
        Assert.That(tunnel.Sent.FramesOut, Is.EqualTo(60));
        Assert.That(tunnel.Sent.DroppedInAll, Is.Zero);
    }

    [Test]
    public void N_10_sending_that_this_host_forbids_is_counted_and_does_not_stop_anything()
    {
        // A broadcast address without SO_BROADCAST: EACCES.
        L2tpv3Options options = Loopback.NewOptions() with { Destination = "127.255.255.255", StrictSource = false };
        using Socket stranger = Loopback.PeerOf(options with { Destination = "127.0.0.1" });
        using var tunnel = new TunnelUnderTest(options);
        tunnel.Send([1], [2], [3]);
        tunnel.Send([4]);
        Assert.That(tunnel.Sent.Dropped(FrameVerdict.SendForbidden), Is.EqualTo(4));
        Assert.That(tunnel.Sent.FramesIn, Is.EqualTo(4));
        Assert.That(tunnel.Sent.FramesOut, Is.Zero);
        stranger.SendTo(PseudowireOptions.PeerOf(options).Encode([5]), Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(1), Is.EqualTo((byte[][])[[5]]));
    }

    [Test]
    public void N_10_a_destination_without_a_route_is_unreachable_and_sending_goes_on() => OwnNetwork.Run(() =>
    {
        // Nothing but loopback is there.
        using var tunnel = new TunnelUnderTest(Loopback.NewOptions() with { Source = "0.0.0.0", Destination = "192.0.2.1" });
        tunnel.Send([1], [2]);
        tunnel.Send([3]);
        Assert.That(tunnel.Sent.Dropped(FrameVerdict.Unreachable), Is.EqualTo(3));
    });
}
