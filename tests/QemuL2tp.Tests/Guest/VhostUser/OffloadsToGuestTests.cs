using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>Segments that were put together for the guest, and checksums that were verified for it.</summary>
internal sealed class OffloadsToGuestTests
{
    private const byte DataValid = 2;
    private const int Mss = 1000;

    private static IEnumerable<TestCaseData> Shapes =>
        from isPacked in new[] { false, true }
        from isIPv6 in new[] { false, true }
        from isUdp in new[] { false, true }
        select new TestCaseData(isPacked, new FrameSpec { IsIPv6 = isIPv6, IsUdp = isUdp }).SetArgDisplayNames($"{(isPacked ? "packed" : "split")}, {(isUdp ? "UDP" : "TCP")} over IPv{(isIPv6 ? 6 : 4)}");

    [TestCaseSource(nameof(Shapes))]
    public void Segments_of_a_batch_are_one_super_frame_in_merged_buffers(bool isPacked, FrameSpec shape)
    {
        using VhostUserLink link = Start(new RingKind(64, isPacked));
        FrameSpec super = shape with { Payload = Payload(9300) };
        AddBuffers(link, 10);
        Deliver(link, super.Segments(Mss));
        (byte[] header, byte[] frame) = link.Receive.TakeFramesWithHeaders().Single();
        Assert.That(frame, Is.EqualTo(super.BuildPartial()));
        Assert.That(OffloadHeader.Read(header), Is.EqualTo(OffloadHeader.Of(super, Mss)));
        Assert.That(link.Link.Link.TunnelToGuest.FramesIn, Is.EqualTo(10));
        Assert.That(link.Link.Link.TunnelToGuest.FramesOut, Is.EqualTo(10), "each frame counts");
        Assert.That(link.Link.Link.TunnelToGuest.BytesOut, Is.EqualTo(super.Segments(Mss).Sum(segment => segment.Build().Length)), "with its headers");
        Assert.That(link.Port.SuperFramesMade, Is.EqualTo(1));
    }

    [Test]
    public void Flows_of_a_batch_are_put_together_side_by_side_and_the_rest_stays_in_its_place()
    {
        using VhostUserLink link = Start(new RingKind(64));
        FrameSpec[] one = (new FrameSpec { Payload = Payload(4000) }).Segments(Mss);
        FrameSpec[] other = (new FrameSpec { SourcePort = 9, Payload = Payload(3000) }).Segments(Mss);
        FrameSpec alone = new() { SourcePort = 10, Payload = Payload(Mss) };
        AddBuffers(link, 20);
        Deliver(link, one[0], other[0], one[1], alone, other[1], one[2], one[3], other[2]);
        List<(byte[] Header, byte[] Frame)> frames = link.Receive.TakeFramesWithHeaders();
        Assert.That(frames.Select(each => each.Frame.Length), Is.EqualTo(new[] { 4054, 3054, 1054 }));
        Assert.That(frames.Select(each => each.Header[0]), Is.EqualTo(new byte[] { 1, 1, DataValid }));
        Assert.That(frames[2].Frame, Is.EqualTo(alone.Build()));
    }

    [Test]
    public void A_frame_alone_says_that_its_checksum_is_right_if_it_is()
    {
        using VhostUserLink link = Start(new RingKind(64));
        byte[] right = (new FrameSpec { Payload = Payload(100) }).Build();
        byte[] wrong = [.. right];
        wrong[^1] ^= 1;
        byte[] other = LoopbackLink.Frame(100);
        AddBuffers(link, 6);
        link.SendFromPeer(right, wrong, other);
        List<(byte[] Header, byte[] Frame)> frames = link.Receive.TakeFramesWithHeaders();
        Assert.That(frames.Select(each => each.Frame), Is.EqualTo(new[] { right, wrong, other }));
        Assert.That(frames.Select(each => OffloadHeader.Read(each.Header)), Is.EqualTo((OffloadHeader[])[new(DataValid), new(), new()]));
    }

    [TestCase(0ul, true, TestName = "a guest without offloads")]
    [TestCase(0ul, false, TestName = "x-offload-rx=off")]
    [TestCase(Features.OffloadsToGuest & ~Features.GuestChecksum, true, TestName = "segmentation without checksums")]
    [TestCase(Features.OffloadsToGuest | Features.ControlGuestOffloads, true, TestName = "a driver that may switch offloads off behind our back")]
    public void Frames_arrive_as_they_were_sent(ulong offloads, bool offloadsToGuest)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), offloads: offloads, offloadsToGuest: offloadsToGuest).Start();
        FrameSpec[] segments = (new FrameSpec { Payload = Payload(5000) }).Segments(Mss);
        AddBuffers(link, 6);
        Deliver(link, segments);
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(segments.Select(each => each.Build())), "with a header of zeros");
    }

    [TestCase(Features.GuestChecksum, 5)]
    [TestCase(Features.GuestChecksum | Features.GuestTso6 | Features.GuestUso4, 5)]
    [TestCase(Features.GuestChecksum | Features.GuestTso4, 1)]
    public void Only_what_the_guest_takes_is_put_together(ulong offloads, int frames)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), offloads: offloads).Start();
        AddBuffers(link, 6);
        Deliver(link, (new FrameSpec { Payload = Payload(5000) }).Segments(Mss));
        List<(byte[] Header, byte[] Frame)> delivered = link.Receive.TakeFramesWithHeaders();
        Assert.That(delivered, Has.Count.EqualTo(frames));
        Assert.That(delivered.Select(each => each.Header[0]), Is.All.EqualTo(frames == 1 ? 1 : DataValid));
    }

    [Test]
    public void Without_mergeable_buffers_a_super_frame_fits_one_buffer()
    {
        using VhostUserLink link = Start(new RingKind(64, HeaderLength: 10));
        FrameSpec super = new() { Payload = Payload(64 * Mss) };
        // What a driver must provide at least (virtio 1.3, 5.1.6.3.1).
        for (int i = 0; i < 3; i++)
            link.Receive.AddReceive(10, 65550);
        FrameSpec[] segments = super.Segments(Mss);
        DeliverTogether(link, segments[..60]);
        DeliverTogether(link, segments[60..]);
        Assert.That(link.Receive.TakeFramesWithHeaders().Select(each => each.Frame.Length), Is.EqualTo(new[] { 54 + (60 * Mss), 54 + (4 * Mss) }));
    }

    [Test]
    public void The_MTU_that_QEMU_set_is_that_of_segments()
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), mtu: Mss, offloads: Features.OffloadsToGuest).Start();
        AddBuffers(link, 20);
        Deliver(link, (new FrameSpec { Payload = Payload(4500) }).Segments(900));
        Assert.That(link.Receive.TakeFramesWithHeaders(), Has.Count.EqualTo(1));
        Deliver(link, (new FrameSpec { Payload = Payload(5000) }).Segments(Mss));
        Assert.That(link.Receive.TakeFramesWithHeaders(), Is.Empty);
        Assert.That(link.Link.Link.TunnelToGuest.Dropped(FrameVerdict.AboveMtu), Is.EqualTo(5));
    }

    [Test]
    public void A_super_frame_for_a_driver_that_was_replaced_does_not_reach_the_next([Values] bool hasChecksums)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), hasPump: false, offloads: Features.OffloadsToGuest).Start();
        FrameSpec alone = new() { IsUdp = true, Payload = Payload(100) };
        BatchUnderTest batch = link.NewBatch();
        foreach (FrameSpec each in (new FrameSpec { Payload = Payload(3000) }).Segments(Mss).Append(alone))
            batch.Add(each.Build());
        using Stages stage = new(link.Port.SinkStages);
        stage.Apply(batch.Batch);
        Assert.That(batch.Batch.Count, Is.EqualTo(2));
        Assert.That(link.Port.Accept(batch.Batch), Is.Zero, "it waits for buffers");

        link.FrontEnd.Dispose();
        link.Turn();
        link.Offloads = hasChecksums ? Features.GuestChecksum | Features.GuestTso4 : 0;
        link.NewGuest();
        link.Start();
        AddBuffers(link, 6);
        Assert.That(link.Port.Accept(batch.Batch), Is.EqualTo(2));
        List<(byte[] Header, byte[] Frame)> frames = link.Receive.TakeFramesWithHeaders();
        Assert.That(batch.VerdictOf(0), Is.EqualTo(hasChecksums ? FrameVerdict.Accept : FrameVerdict.OffloadNotNegotiated));
        Assert.That(batch.Counters.Dropped(FrameVerdict.OffloadNotNegotiated), Is.EqualTo(hasChecksums ? 0 : 3));
        Assert.That(frames[^1].Frame, Is.EqualTo(alone.Build()));
        Assert.That(frames[^1].Header[0], Is.EqualTo(hasChecksums ? DataValid : 0));
    }

    [Test]
    public void A_driver_that_takes_other_super_frames_than_the_one_before_gets_its_own_kinds_only()
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), hasPump: false, offloads: Features.OffloadsToGuest).Start();
        BatchUnderTest batch = link.NewBatch();
        foreach (FrameSpec each in (new FrameSpec { Payload = Payload(3000) }).Segments(Mss))
            batch.Add(each.Build());
        using Stages stage = new(link.Port.SinkStages);
        stage.Apply(batch.Batch);

        link.FrontEnd.Dispose();
        link.Turn();
        link.Offloads = Features.GuestChecksum | Features.GuestTso6;
        link.NewGuest();
        link.Start();
        AddBuffers(link, 6);
        Assert.That(link.Port.Accept(batch.Batch), Is.EqualTo(1));
        Assert.That(batch.VerdictOf(0), Is.EqualTo(FrameVerdict.OffloadNotNegotiated));
        Assert.That(link.Receive.TakeUsed(), Is.Empty);
    }

    [Test]
    public void A_driver_that_drops_super_frames_gets_single_packets_until_it_starts_again([Values] bool isSentAgainTogether)
    {
        using VhostUserLink link = Start(new RingKind(64));
        SendAgain(link, SuperFrameRefusal.Limit, isSentAgainTogether);
        Assert.That(FramesFor(link, Pair(100)), Is.EqualTo(2));
        Assert.That(FramesFor(link, Pair(101)), Is.EqualTo(2));
        Assert.That(link.Link.Log.Messages.Count(text => text.Contains("as it does with an XDP program", StringComparison.Ordinal)), Is.EqualTo(1));

        link.Disconnect();
        link.NewGuest();
        link.Start();
        Assert.That(FramesFor(link, Pair(102)), Is.EqualTo(1));
    }

    [Test]
    public void Packets_that_come_again_now_and_then_say_nothing_about_the_driver()
    {
        using VhostUserLink link = Start(new RingKind(64));
        for (int i = 0; i < 5; i++)
        {
            SendAgain(link, SuperFrameRefusal.Limit - 1, isTogether: false);
            Assert.That(FramesFor(link, Pair(50 + i)), Is.EqualTo(1), "this one does not come again");
        }

        Assert.That(FramesFor(link, Pair(100)), Is.EqualTo(1));
    }

    [Test]
    public void A_guest_without_buffers_may_let_packets_come_again()
    {
        using VhostUserLink link = Start(new RingKind(64));
        SendAgain(link, SuperFrameRefusal.Limit - 1, isTogether: false);
        while (link.Receive.Outstanding.Count > 0)
        {
            Deliver(link, new FrameSpec { SourcePort = 7 });
            link.Receive.TakeUsed();
        }

        Deliver(link, new FrameSpec { SourcePort = 7 });
        link.Port.OnTimer();
        link.Turn();
        Assert.That(link.Link.Link.TunnelToGuest.Dropped(FrameVerdict.NoReceiveBuffer), Is.EqualTo(1));
        SendAgain(link, SuperFrameRefusal.Limit - 1, isTogether: false);
        Assert.That(FramesFor(link, Pair(100)), Is.EqualTo(1));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(20)]
    public void Packets_that_overtook_each_other_are_put_together_when_a_window_has_them_in_order(int packetsOfTurn)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(256), offloads: Features.OffloadsToGuest, reorderWindow: 16).Start();
        byte[][] frames = [.. (new FrameSpec { Payload = Payload(20 * Mss) }).Segments(Mss).Select(each => each.Build())];
        AddBuffers(link, 60);
        int[] order = [0, 1, 3, 2, 4, 8, 6, 7, 5, 9, 10, 13, 12, 11, 17, 14, 15, 16, 19, 18];
        foreach (int[] turn in order.Chunk(packetsOfTurn))
        {
            foreach (int i in turn)
                link.Link.SendFromPeer(frames[i], (uint)(i + 1));
            link.Turn();
        }

        List<byte[]> cut = [];
        foreach ((byte[] header, byte[] frame) in link.Receive.TakeFramesWithHeaders())
            cut.AddRange(header[0] == 1 ? NaiveSegmenter.Cut(frame, OffloadHeader.Read(header)) : [frame]);
        Assert.That(cut, Is.EqualTo(frames));
        Assert.That(link.Port.SuperFramesMade, Is.Positive);
    }

    [Test]
    public void Ten_thousand_turns_allocate_nothing([Values] bool isPacked)
    {
        using VhostUserLink link = Start(new RingKind(64, isPacked));
        // In turn, for the same again and again would look like a guest that drops it.
        (byte[], uint)[][] frames = [.. new uint[] { 1, 3001 }.Select(sequence => (new FrameSpec { Sequence = sequence, Payload = Payload(3000) }).Segments(Mss).Select(each => (each.Build(), 0u)).ToArray())];
        long allocated = 0;
        for (int i = 0; i < 11_000; i++)
        {
            while (link.Receive.FreeSlots > 50)
                link.Receive.AddReceive(1536);
            link.Receive.Kick();
            link.Link.SendTogetherFromPeer(frames[i % 2]);
            Loopback.Settle();
            long before = GC.GetAllocatedBytesForCurrentThread();
            link.Turn();
            if (i >= 1000)
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            if (link.Receive.TakeUsed().Count != 2)
                Assert.Fail("the super-frame is in two buffers, where its segments would be in three");
        }

        Assert.That(allocated, Is.Zero);
    }

    private static VhostUserLink Start(RingKind ring) => new VhostUserLink(ring, offloads: Features.OffloadsToGuest).Start();

    /// <summary>Two segments, at a place of the flow's stream.</summary>
    private static FrameSpec[] Pair(int place) => (new FrameSpec { Sequence = (uint)place * 2 * Mss, Payload = Payload(2 * Mss) }).Segments(Mss);

    /// <summary>Super-frames of two segments, each of which comes again as if the guest had not got it.</summary>
    private static void SendAgain(VhostUserLink link, int times, bool isTogether)
    {
        for (int i = 0; i < times; i++)
        {
            FrameSpec[] pair = Pair(isTogether ? 0 : i);
            Assert.That(FramesFor(link, pair), Is.EqualTo(1), "put together");
            if (isTogether && i == times - 1)
                Assert.That(FramesFor(link, pair), Is.EqualTo(1), "put together for the last time");
            if (!isTogether)
                Assert.That(FramesFor(link, pair[0]) + FramesFor(link, pair[1]), Is.EqualTo(2));
        }
    }

    /// <summary>How many frames the guest gets for those of the peer.</summary>
    private static int FramesFor(VhostUserLink link, params FrameSpec[] frames)
    {
        AddBuffers(link, 4 - link.Receive.Outstanding.Count);
        Deliver(link, frames);
        return link.Receive.TakeFramesWithHeaders().Count;
    }

    private static void AddBuffers(VhostUserLink link, int count)
    {
        for (int i = 0; i < count; i++)
            link.Receive.AddReceive(1536);
        link.Receive.Kick();
    }

    /// <summary>The peer sends frames that arrive before the next turn, and the turn is done.</summary>
    private static void Deliver(VhostUserLink link, params FrameSpec[] frames)
    {
        foreach (FrameSpec frame in frames)
            link.Link.SendFromPeer(frame.Build());
        link.Turn();
    }

    /// <summary>The same for frames of one length, in one message.</summary>
    private static void DeliverTogether(VhostUserLink link, FrameSpec[] frames)
    {
        link.Link.SendTogetherFromPeer([.. frames.Select(frame => (frame.Build(), 0u))]);
        Loopback.Settle();
        link.Turn();
    }

    private static byte[] Payload(int length) => Packets.SegmenterTests.Payload(new FastRandom(9), length);

    /// <summary>The stages of a port, as its link has them.</summary>
    private sealed class Stages(IReadOnlyList<IFrameStage> stages) : IDisposable
    {
        public void Apply(FrameBatch batch)
        {
            foreach (IFrameStage stage in stages)
                stage.Apply(batch, 0);
        }

        public void Dispose()
        {
            foreach (IFrameStage stage in stages)
                (stage as IDisposable)?.Dispose();
        }
    }
}
