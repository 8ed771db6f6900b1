using System.Net.Sockets;
using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;
using Tmds.Linux;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>Frames that leave as one message (UDP_SEGMENT) arrive as if each had been sent alone.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed unsafe class UdpSegmentationTests
{
    private readonly List<string> _told = [];

    // Bytes of each frame with its header of 4, then frames in each message that has several.
    [TestCase("100 100 100", "3")]
    [TestCase("100 100 50", "3", TestName = "{m}: the last may be shorter")]
    [TestCase("100 50 100 50", "2 2", TestName = "{m}: nothing comes after a shorter one")]
    [TestCase("50 100 100", "2", TestName = "{m}: not longer than the first")]
    [TestCase("100", "")]
    [TestCase("1 1 1 1", "4")]
    [TestCase("100*64", "64")]
    [TestCase("100*65", "64", TestName = "{m}: no more than 64")]
    [TestCase("100*256", "64 64 64 64")]
    [TestCase("1500*50", "43 7", TestName = "{m}: no more than an IP packet holds")]
    [TestCase("9000*7 2508", "7", TestName = "{m}: nor one byte more")]
    [TestCase("9000*7 2507", "8", TestName = "{m}: but so many")]
    [TestCase("40000 40000", "", TestName = "{m}: two that are too long together")]
    public void Consecutive_frames_of_equal_length_are_one_message(string lengths, string messages)
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.RoomyPeerOf(options);
        byte[][] frames = [.. LengthsOf(lengths).Select((length, i) => LoopbackLink.Frame(length, i))];
        int[] expected = [.. messages.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

        DatagramCounters counters = Send(options, _ => On(), frames);

        Assert.That(_told, Is.Empty);
        Assert.That(frames.Select(_ => peer.ReceiveDatagram()), Is.EqualTo(frames));
        Assert.That((counters.MessagesSegmented, counters.FramesSegmented), Is.EqualTo(((long)expected.Length, (long)expected.Sum())));
    }

    [Test]
    public void Dropped_frames_are_left_out_and_the_order_stays([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6);
        using Socket peer = Loopback.RoomyPeerOf(options);
        byte[][] frames = [.. Enumerable.Range(0, 60).Select(i => LoopbackLink.Frame(700, i))];

        DatagramCounters counters = Send(options, batch => { batch.Drop(20, FrameVerdict.FrameTooLong); batch.Drop(59, FrameVerdict.FrameTooLong); return On(ipv6); }, frames);

        Assert.That(frames.Where((_, i) => i is not (20 or 59)).Select(_ => peer.ReceiveDatagram()), Is.EqualTo(frames.Where((_, i) => i is not (20 or 59))));
        Assert.That((counters.MessagesSegmented, counters.FramesSegmented), Is.EqualTo((2L, 58L)));
    }

    [Test]
    public void Pieces_beyond_what_a_call_takes_begin_another_message()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.RoomyPeerOf(options);
        byte[][] frames = [.. Enumerable.Range(0, 20).Select(i => LoopbackLink.Frame(100, i))];
        var counters = new DatagramCounters();
        int descriptor = TunnelUnderTest.OpenSocket(options, out SocketAddress address);
        using (address)
        using (var batch = new BatchUnderTest(FrameBatch.MaxCapacity))
        using (var sink = new DatagramSink(descriptor, address, counters, On()))
        {
            foreach (byte[] frame in frames)
                batch.AddWithHeader(frame[..1], [.. frame[1..].Select(one => new[] { one })]);
            Assert.That(sink.Accept(batch.Batch), Is.EqualTo(frames.Length));
        }

        _ = LibC.close(descriptor);
        Assert.That(_told, Is.Empty);
        Assert.That(frames.Select(_ => peer.ReceiveDatagram()), Is.EqualTo(frames));
        Assert.That((counters.MessagesSegmented, counters.FramesSegmented), Is.EqualTo((2L, 20L)), "each has 100 pieces, and 1024 go into one call");
    }

    [Test]
    public void Any_sequence_of_lengths_arrives_as_it_was()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.RoomyPeerOf(options);
        var random = new FastRandom(4711);
        int[] lengths = [1, 2, 60, 60, 60, 1500, 1500, 9000, 30_000];
        for (int round = 0; round < 300; round++)
        {
            byte[][] frames = [.. Enumerable.Range(0, 1 + random.Next(40)).Select(i => LoopbackLink.Frame(lengths[random.Next(lengths.Length)], i))];
            Send(options, _ => On(), frames);
            Assert.That(frames.Select(_ => peer.ReceiveDatagram()), Is.EqualTo(frames), $"round {round}");
        }
    }

    [Test]
    public void Frames_that_do_not_fit_the_path_go_alone() => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", "link set lo mtu 1500");
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.RoomyPeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        byte[][] frames = [LoopbackLink.Frame(1514, 1), LoopbackLink.Frame(1514, 2), LoopbackLink.Frame(900, 3), LoopbackLink.Frame(900, 4)];

        tunnel.Send(frames);
        Assert.That(frames.Select(frame => PseudowireOptions.PeerOf(options).Decode(peer.ReceiveDatagram(), out _)), Is.EqualTo(frames));
        Assert.That(tunnel.Port.Counters.FramesSegmented, Is.EqualTo(2));
        Assert.That((tunnel.Port.Segmentation.Mode, tunnel.Port.PathMtu), Is.EqualTo((OffloadMode.On, 1500)));
    });

    [Test]
    public void A_path_that_becomes_narrower_costs_no_frame() => OwnNetwork.Run(() =>
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.RoomyPeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        OwnNetwork.Command("ip", "link set lo mtu 1000");
        byte[][] frames = [.. Enumerable.Range(0, 10).Select(i => LoopbackLink.Frame(1200, i)), .. Enumerable.Range(0, 10).Select(i => LoopbackLink.Frame(300, i))];

        tunnel.Send(frames);
        Assert.That(frames.Select(frame => PseudowireOptions.PeerOf(options).Decode(peer.ReceiveDatagram(), out _)), Is.EqualTo(frames));
        Assert.That(tunnel.Port.Counters.FramesSegmented, Is.EqualTo(10), "the short ones");
        Assert.That((tunnel.Port.Segmentation.Mode, tunnel.Port.PathMtu), Is.EqualTo((OffloadMode.On, 1000)));
    });

    [Test]
    public void What_the_kernel_refuses_goes_frame_by_frame()
    {
        // Without checksums in sent packets (SO_NO_CHECK, <asm-generic/socket.h>) the kernel does not cut: EINVAL.
        const int noCheck = 11;
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.RoomyPeerOf(options);
        byte[][] frames = [.. Enumerable.Range(0, 100).Select(i => LoopbackLink.Frame(200, i))];
        UdpSegmentation segmentation = On();

        for (int round = 0; round < 2; round++)
        {
            DatagramCounters counters = Send(options, _ => segmentation, frames, descriptor => Set(descriptor, noCheck));
            Assert.That(frames.Select(_ => peer.ReceiveDatagram()), Is.EqualTo(frames), "each once, in order");
            Assert.That(counters.FramesSegmented, Is.Zero);
        }

        Assert.That((segmentation.Mode, segmentation.Refusal), Is.EqualTo((OffloadMode.Refused, "Invalid argument")));
        Assert.That(_told, Has.Exactly(1).Contains("x-gso=off"), "told once");
    }

    private static object[][] SendErrors =>
    [
        [LibC.EIO, true],
        [LibC.EINVAL, true],
        [LibC.EMSGSIZE, true],
        [LibC.ENOBUFS, false],
        [LibC.EPERM, false],
        [LibC.ENETUNREACH, false],
    ];

    [TestCaseSource(nameof(SendErrors))]
    public void Only_what_is_about_cutting_is_a_reason_to_step_back(int error, bool isReason)
    {
        UdpSegmentation segmentation = On();
        if (isReason && error != LibC.EIO)
        {
            Assert.That(segmentation.TryStepBack(error, 1000, isRepeated: false), Is.True);
            Assert.That((segmentation.MaxSegmentLength > 1000, _told.Count), Is.EqualTo((true, 0)), "once is no refusal: an address or a route may have come back since");
        }

        Assert.That(segmentation.TryStepBack(error, 1000, isRepeated: true), Is.EqualTo(isReason));
        Assert.That(segmentation.MaxSegmentLength, isReason ? Is.Zero : Is.GreaterThan(1000));
        segmentation.OnTooLong(1000, 990);
        Assert.That(segmentation.MaxSegmentLength, isReason ? Is.Zero : Is.GreaterThan(1000), "for a while");
        Assert.That(_told, Has.Count.EqualTo(isReason ? 1 : 0));
    }

    [Test]
    public void What_was_refused_is_tried_again_after_a_while()
    {
        long now = 0;
        var segmentation = new UdpSegmentation(true, isIPv6: false, () => 65536, _told.Add, () => now);
        for (int round = 0; round < 3; round++)
        {
            Assert.That(segmentation.TryStepBack(LibC.EIO, 1000, isRepeated: false), Is.True);
            now += 9_999;
            segmentation.OnTooLong(1000, 990);
            Assert.That(segmentation.MaxSegmentLength, Is.Zero);
            now += 1;
            segmentation.OnTooLong(1000, 990);
            Assert.That((segmentation.MaxSegmentLength, segmentation.Mode, segmentation.PathMtu), Is.EqualTo((65507, OffloadMode.On, 65536)));
        }

        Assert.That(_told, Has.Count.EqualTo(1));
    }

    private static int[] RouteErrors => [LibC.EINVAL, LibC.EMSGSIZE];

    [TestCaseSource(nameof(RouteErrors))]
    public void Without_a_source_address_or_a_route_nothing_is_said_about_cutting(int error)
    {
        int mtu = 1500;
        var segmentation = new UdpSegmentation(true, isIPv6: false, () => mtu, _told.Add);
        mtu = int.MaxValue;
        Assert.That(segmentation.TryStepBack(error, 1000, isRepeated: true), Is.False);
        Assert.That(segmentation.MaxSegmentLength, Is.GreaterThan(1000));
        Assert.That(_told, Is.Empty);
    }

    [Test]
    public void A_source_address_that_goes_and_comes_back_changes_nothing() => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", "link add v0 type veth peer name v1");
        OwnNetwork.Command("ip", "link set v0 up");
        OwnNetwork.Command("ip", "link set v1 up");
        OwnNetwork.Command("ip", "address add 192.0.2.1/24 dev v0");
        OwnNetwork.Command("ip", "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0");
        L2tpv3Options options = Loopback.NewOptions() with { Source = "192.0.2.1", Destination = "192.0.2.2" };
        using var tunnel = new TunnelUnderTest(options);
        byte[][] frames = [.. Enumerable.Range(0, 20).Select(i => LoopbackLink.Frame(300, i))];
        tunnel.Send(frames);
        Assert.That(tunnel.Port.Counters.FramesSegmented, Is.EqualTo(20));

        OwnNetwork.Command("ip", "address del 192.0.2.1/24 dev v0");
        tunnel.Send(frames);
        OwnNetwork.Command("ip", "address add 192.0.2.1/24 dev v0");
        OwnNetwork.Command("ip", "neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0");
        tunnel.Send(frames);
        Assert.That(tunnel.Port.Counters.FramesSegmented, Is.EqualTo(40), tunnel.Port.Segmentation.ToString());
    });

    [Test]
    public void Frames_above_the_path_MTU_are_told_of_once_with_the_MTU_that_avoids_it()
    {
        long now = 0;
        int mtu = 1500;
        var segmentation = new UdpSegmentation(true, isIPv6: false, () => mtu, _told.Add, () => now);
        segmentation.OnTooLong(1526, 1514);
        // 1500 - 20 (IP) - 8 (UDP) - 12 (session header) - 14 (Ethernet).
        Assert.That(_told, Has.Exactly(1).Contains("packets of 1554").And.Exactly(1).Contains("an MTU of 1446"));
        now += 10_000;
        segmentation.OnTooLong(1526, 1514);
        Assert.That(_told, Has.Count.EqualTo(1));

        mtu = 9000;
        segmentation.OnTooLong(1526, 1514);
        Assert.That(segmentation.MaxSegmentLength, Is.EqualTo(1472), "not looked at each time");
        now += 10_000;
        segmentation.OnTooLong(1526, 1514);
        Assert.That(segmentation.MaxSegmentLength, Is.EqualTo(8972));
    }

    [Test]
    public void Off_means_that_every_frame_goes_alone()
    {
        L2tpv3Options options = Loopback.NewOptions() with { SendOffload = OffloadSwitch.Off };
        using Socket peer = Loopback.RoomyPeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        byte[][] frames = [.. Enumerable.Range(0, 10).Select(i => LoopbackLink.Frame(300, i))];

        tunnel.Send(frames);
        Assert.That(frames.Select(frame => PseudowireOptions.PeerOf(options).Decode(peer.ReceiveDatagram(), out _)), Is.EqualTo(frames));
        Assert.That(tunnel.Port.Counters.FramesSegmented, Is.Zero);
        Assert.That(tunnel.Port.Segmentation, Is.EqualTo(new OffloadStatus(OffloadMode.Off, "x-gso=off")));
    }

    private static IEnumerable<int> LengthsOf(string text) => text.Split(' ').SelectMany(part =>
    {
        string[] halves = part.Split('*');
        return Enumerable.Repeat(int.Parse(halves[0]), halves.Length == 1 ? 1 : int.Parse(halves[1]));
    });

    private static void Set(int descriptor, int option)
    {
        int one = 1;
        Assert.That(LibC.setsockopt(descriptor, LibC.SOL_SOCKET, option, &one, sizeof(int)), Is.Zero);
    }

    private UdpSegmentation On(bool ipv6 = false) => new(true, ipv6, () => 65536, _told.Add);

    private DatagramCounters Send(L2tpv3Options options, Func<FrameBatch, UdpSegmentation> prepare, byte[][] frames, Action<int>? configure = null)
    {
        var counters = new DatagramCounters();
        int descriptor = TunnelUnderTest.OpenSocket(options, out SocketAddress address);
        configure?.Invoke(descriptor);
        using (address)
        using (var batch = new BatchUnderTest(FrameBatch.MaxCapacity))
        {
            foreach (byte[] frame in frames)
                batch.AddWithHeader(frame[..1], frame[1..]);
            using var sink = new DatagramSink(descriptor, address, counters, prepare(batch.Batch));
            Assert.That(sink.Accept(batch.Batch), Is.EqualTo(frames.Length));
        }

        _ = LibC.close(descriptor);
        return counters;
    }
}
