using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>Super-frames and missing checksums: what leaves is what a guest without offloads would have sent.</summary>
internal sealed class OffloadsFromGuestTests
{
    private const byte Ack = 0x10;
    private const byte Psh = 0x08;
    private const int Mss = 1448;

    private static IEnumerable<RingKind> Rings =>
    [
        new(256), new(256, IsPacked: true), new(256, HasIndirect: true, HasEventIndex: true), new(256, IsPacked: true, HasIndirect: true, HasEventIndex: true), new(256, HeaderLength: 10),
    ];

    [TestCaseSource(nameof(Rings))]
    public void A_super_frame_leaves_as_the_segments_of_a_guest_without_offloads(RingKind ring)
    {
        using VhostUserLink link = new VhostUserLink(ring, offloads: Features.OffloadsFromGuest).Start();
        FastRandom random = new(5);
        foreach ((string name, FrameSpec shape) in FrameShapes.All)
        {
            FrameSpec super = shape with { Payload = Payload(random, random.Between(5000, 30_000)), TcpFlags = Ack | Psh };
            Send(link, super, OffloadHeader.Of(super, Mss), Pieces(random, super, random.Next(19)));
            link.Turn();
            foreach (FrameSpec segment in super.Segments(Mss))
                Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(segment.Build()), name);
            Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
        }

        Assert.That(link.Link.Link.GuestToTunnel.DroppedInAll, Is.Zero);
        Assert.That(link.Port.SuperFramesCut, Is.EqualTo(FrameShapes.All.Count));
        Assert.That(link.Memory.AreGuardsWhole, Is.True);
    }

    [TestCaseSource(nameof(Rings))]
    public void A_checksum_is_completed(RingKind ring)
    {
        using VhostUserLink link = new VhostUserLink(ring, offloads: Features.Checksum).Start();
        FastRandom random = new(6);
        foreach ((string name, FrameSpec shape) in FrameShapes.All)
        {
            FrameSpec frame = shape with { Payload = Payload(random, random.Next(1400)) };
            Send(link, frame, OffloadHeader.Checksum(frame), Pieces(random, frame, random.Next(6)));
            link.Turn();
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame.Build()), name);
            Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void O_3_hdr_len_is_not_believed([Values(0, 1, 53, 55, 1000, 0x7fff, 0xffff)] int length, [Values] bool isSuperFrame, [Values] bool isUdp)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), offloads: Features.OffloadsFromGuest).Start();
        FrameSpec frame = new() { IsUdp = isUdp, Payload = Payload(new FastRandom(8), 2500) };
        Send(link, frame, (isSuperFrame ? OffloadHeader.Of(frame, 1000) : OffloadHeader.Checksum(frame)) with { HeaderLength = (ushort)length });
        link.Turn();
        foreach (FrameSpec leaving in isSuperFrame ? frame.Segments(1000) : [frame])
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(leaving.Build()));
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
    }

    [Test]
    public void A_frame_with_IPv6_headers_longer_than_any_that_are_read_leaves_with_its_checksum()
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), offloads: Features.Checksum).Start();
        byte[] options = new byte[1024];
        options[1] = (1024 / 8) - 1;
        FrameSpec frame = new() { IsIPv6 = true, Extensions = [(60, options)], Payload = Payload(new FastRandom(8), 200) };
        Send(link, frame, OffloadHeader.Checksum(frame), 40, 500);
        link.Turn();
        Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame.Build()));
        Assert.That(link.Link.Link.GuestToTunnel.DroppedInAll, Is.Zero);
    }

    [Test]
    public void Guest_memory_is_not_written_to()
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), offloads: Features.OffloadsFromGuest).Start();
        FrameSpec super = new() { Payload = Payload(new FastRandom(8), 4000) };
        MockBuffer buffer = Send(link, super, OffloadHeader.Of(super, Mss));
        byte[] before = link.Memory.Read(buffer.Pieces[0].Address, buffer.Capacity);
        link.Turn();
        Assert.That(link.Memory.Read(buffer.Pieces[0].Address, buffer.Capacity), Is.EqualTo(before));
    }

    [Test]
    public void The_largest_super_frame_in_the_most_pieces_is_cut([Values(1, 19, 500)] int pieces, [Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(new RingKind(1024, isPacked));
        FrameSpec super = new() { Payload = Payload(new FastRandom(3), 65535 - 40), Tags = [0x88a8, 0x8100] };
        Send(link, super, OffloadHeader.Of(super, Mss) with { HeaderLength = 0xffff }, Pieces(new FastRandom(4), super, pieces - 1));
        BatchUnderTest batch = Fill(link, FrameBatch.MaxCapacity);
        Assert.That(Frames(batch), Is.EqualTo(super.Segments(Mss).Select(each => each.Build())));
    }

    [Test]
    public void What_does_not_fit_beside_others_comes_with_the_next_batch([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(new RingKind(64, isPacked));
        FrameSpec[] supers = [.. Enumerable.Range(0, 5).Select(i => new FrameSpec { Payload = Payload(new FastRandom((ulong)i), 30_000), Sequence = (uint)i })];
        foreach (FrameSpec super in supers)
            Send(link, super, OffloadHeader.Of(super, 1000));
        // Batches of 64 slots, and 30 segments each.
        foreach (FrameSpec[] together in new[] { supers[..2], supers[2..4], supers[4..] })
        {
            BatchUnderTest batch = Fill(link);
            Assert.That(Frames(batch), Is.EqualTo(together.SelectMany(super => super.Segments(1000)).Select(each => each.Build())));
            Complete(link, batch, batch.Batch.Count);
            Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(together.Length));
        }
    }

    [Test]
    public void A_buffer_goes_back_with_the_last_of_its_segments([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(new RingKind(64, isPacked));
        FrameSpec super = new() { Payload = Payload(new FastRandom(1), 4000) };
        Send(link, super, OffloadHeader.Of(super, 1000));
        Send(link, super, OffloadHeader.Of(super, 2000));
        BatchUnderTest batch = Fill(link);
        int[] returned = new int[6];
        for (int i = 0; i < returned.Length; i++)
        {
            Complete(link, batch, 1);
            returned[i] = link.Transmit.TakeUsed().Count;
        }

        Assert.That(returned, Is.EqualTo(new[] { 0, 0, 0, 1, 0, 1 }));
    }

    [Test]
    public void When_the_ring_stops_a_super_frame_of_which_nothing_was_sent_comes_again([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(new RingKind(64, isPacked));
        FrameSpec super = new() { Payload = Payload(new FastRandom(1), 4000) };
        byte[] plain = LoopbackLink.Frame(100);
        link.Transmit.AddTransmit(plain);
        Send(link, super, OffloadHeader.Of(super, 1000));
        BatchUnderTest batch = Fill(link);
        Complete(link, batch, 1);
        link.Qemu.Stop(link.FrontEnd);
        Assert.That(Verdicts(batch), Is.All.EqualTo(FrameVerdict.GivenBack));
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
        Complete(link, batch, 4);

        link.FrontEnd.Run(link.Qemu.Start());
        BatchUnderTest next = Fill(link);
        Assert.That(Frames(next), Is.EqualTo(super.Segments(1000).Select(each => each.Build())));
        Complete(link, next, 4);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
    }

    [Test]
    public void When_the_ring_stops_a_super_frame_of_which_a_part_was_sent_does_not_come_again([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(new RingKind(64, isPacked));
        FrameSpec super = new() { Payload = Payload(new FastRandom(1), 4000) };
        byte[] plain = LoopbackLink.Frame(100);
        Send(link, super, OffloadHeader.Of(super, 1000));
        Send(link, super, OffloadHeader.Of(super, 2000));
        link.Transmit.AddTransmit(plain);
        BatchUnderTest batch = Fill(link);
        Complete(link, batch, 3);
        link.Qemu.Stop(link.FrontEnd);
        Assert.That(Verdicts(batch), Is.EqualTo((FrameVerdict[])[FrameVerdict.PartlySent, FrameVerdict.GivenBack, FrameVerdict.GivenBack, FrameVerdict.GivenBack]));
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1), "it counts as used");
        Complete(link, batch, 4);
        Assert.That(batch.Counters.FramesIn, Is.EqualTo(batch.Counters.FramesOut + batch.Counters.DroppedInAll));

        link.FrontEnd.Run(link.Qemu.Start());
        BatchUnderTest next = Fill(link);
        Assert.That(Frames(next), Is.EqualTo((byte[][])[.. super.Segments(2000).Select(each => each.Build()), plain]));
        Complete(link, next, 3);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(2));
    }

    private static IEnumerable<TestCaseData> BadFrames
    {
        get
        {
            FrameSpec tcp = new() { Payload = new byte[3000] };
            FrameSpec udp = new() { IsUdp = true, Payload = new byte[3000] };
            OffloadHeader super = OffloadHeader.Of(tcp, 1000);
            byte[] ihl = tcp.BuildPartial();
            ihl[14] = 0x44;
            return
            [
                Case("O_1_csum_start_beyond_the_frame", tcp.BuildPartial(), super with { Start = 5000 }, FrameVerdict.BadChecksumPlace),
                Case("O_1_csum_start_in_front_of_the_IP_header", tcp.BuildPartial(), OffloadHeader.Checksum(tcp) with { Start = 2 }, FrameVerdict.BadChecksumPlace),
                Case("O_1_csum_offset_of_another_protocol", tcp.BuildPartial(), super with { Offset = 6 }, FrameVerdict.BadChecksumPlace),
                Case("O_2_gso_size_of_0", tcp.BuildPartial(), super with { Size = 0 }, FrameVerdict.BadSegmentSize),
                Case("O_2_more_than_128_datagrams", udp.BuildPartial(), OffloadHeader.Of(udp, 20), FrameVerdict.TooManySegments),
                Case("O_2_more_segments_than_a_batch_holds", tcp.BuildPartial(), super with { Size = 1 }, FrameVerdict.TooManySegments),
                Case("O_4_UFO", udp.BuildPartial(), OffloadHeader.Of(udp, 1000) with { Type = 3 }, FrameVerdict.BadSegmentType),
                Case("O_4_TCP_over_IPv6_which_is_IPv4", tcp.BuildPartial(), super with { Type = 4 }, FrameVerdict.BadSegmentType),
                Case("O_4_segmentation_without_a_checksum", tcp.BuildPartial(), super with { Flags = 0 }, FrameVerdict.BadChecksumPlace),
                Case("O_5_IHL_of_4", ihl, super, FrameVerdict.BadOffloadHeaders),
                Case("O_5_headers_cut_off", tcp.BuildPartial()[..40], super, FrameVerdict.BadOffloadHeaders),
                Case("ARP", [.. new byte[12], 8, 6, .. new byte[60]], super, FrameVerdict.BadOffloadHeaders),
                Case("Accurate_ECN", tcp.BuildPartial(), super with { Type = 0x11 }, FrameVerdict.OffloadNotNegotiated),
                Case("more_than_a_packet_and_an_Ethernet_header", new byte[65535 + 23], super, FrameVerdict.FrameTooLong),
            ];

            static TestCaseData Case(string name, byte[] frame, OffloadHeader header, FrameVerdict verdict) => new TestCaseData(frame, header, verdict).SetArgDisplayNames(name);
        }
    }

    [TestCaseSource(nameof(BadFrames))]
    public void A_frame_that_is_not_what_its_header_says_is_dropped_and_returned(byte[] frame, OffloadHeader header, FrameVerdict verdict)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), offloads: Features.OffloadsFromGuest).Start();
        link.Transmit.AddTransmitBehind(header.Bytes(12), frame);
        FrameSpec good = new() { Payload = Payload(new FastRandom(1), 2000) };
        Send(link, good, OffloadHeader.Of(good, 1000));
        link.Turn();
        Assert.That(link.Link.Link.GuestToTunnel.Dropped(verdict), Is.EqualTo(1));
        Assert.That(link.Link.Link.GuestToTunnel.DroppedInAll, Is.EqualTo(1));
        foreach (FrameSpec segment in good.Segments(1000))
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(segment.Build()), "the ring goes on");
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(2));
    }

    [TestCase(Features.OffloadsFromGuest & ~Features.Checksum, 0)]
    [TestCase(Features.OffloadsFromGuest & ~Features.HostTso4, 1)]
    [TestCase(Features.OffloadsFromGuest & ~Features.HostEcn, 0x81)]
    [TestCase(Features.OffloadsFromGuest & ~Features.HostTso6, 4)]
    [TestCase(Features.OffloadsFromGuest & ~Features.HostUso, 5)]
    [TestCase(0ul, 1)]
    [TestCase(0ul, 0xff)]
    public void What_was_not_negotiated_is_dropped(ulong offloads, int type)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), offloads: offloads).Start();
        FrameSpec frame = new() { IsIPv6 = type == 4, IsUdp = type == 5, Payload = new byte[3000] };
        Send(link, frame, OffloadHeader.Of(frame, 1000) with { Type = (byte)type });
        link.Turn();
        Assert.That(link.Link.Link.GuestToTunnel.Dropped(FrameVerdict.OffloadNotNegotiated), Is.EqualTo(1));
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
    }

    [Test]
    public void A_frame_in_more_pieces_than_a_batch_holds_is_dropped([Values] bool isSuperFrame)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(2048, HasIndirect: true), offloads: Features.OffloadsFromGuest).Start();
        FrameSpec frame = new() { Payload = new byte[2000] };
        Send(link, frame, isSuperFrame ? OffloadHeader.Of(frame, 1000) : OffloadHeader.Checksum(frame), [12, .. Enumerable.Repeat(1, 1022)]);
        link.Turn();
        Assert.That(link.Link.Link.GuestToTunnel.Dropped(FrameVerdict.TooManyFragments), Is.EqualTo(1));
    }

    [Test]
    public void Ten_thousand_turns_allocate_nothing([Values] bool isPacked)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64, isPacked), offloads: Features.OffloadsFromGuest).Start();
        FrameSpec super = new() { Payload = new byte[3000] };
        byte[] frame = super.BuildPartial();
        byte[] header = OffloadHeader.Of(super, 1000).Bytes(12);
        byte[] plain = OffloadHeader.Checksum(super).Bytes(12);
        long allocated = 0;
        for (int i = 0; i < 11_000; i++)
        {
            link.Transmit.AddTransmitBehind(header, frame);
            link.Transmit.AddTransmitBehind(plain, frame);
            link.Transmit.Kick();
            long before = GC.GetAllocatedBytesForCurrentThread();
            link.Turn();
            if (i >= 1000)
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            for (int segments = 0; segments < 4; segments++)
                _ = link.Link.ReceiveAtPeer();
            Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(2));
        }

        Assert.That(allocated, Is.Zero);
    }

    private static VhostUserLink StartPort(RingKind ring) => new VhostUserLink(ring, hasPump: false, offloads: Features.OffloadsFromGuest).Start();

    private static MockBuffer Send(VhostUserLink link, FrameSpec frame, OffloadHeader header, params int[] pieces)
    {
        MockBuffer buffer = link.Transmit.AddTransmitBehind(header.Bytes(link.Ring.HeaderLength), frame.BuildPartial(), pieces);
        link.Transmit.Kick();
        return buffer;
    }

    private static BatchUnderTest Fill(VhostUserLink link, int capacity = FrameBatch.DefaultCapacity)
    {
        BatchUnderTest batch = link.NewBatch(capacity);
        link.Port.Fill(batch.Batch);
        return batch;
    }

    private static void Complete(VhostUserLink link, BatchUnderTest batch, int taken)
    {
        link.Port.Complete(batch.Batch, batch.Batch.DoneWith(taken));
        batch.Batch.RemoveFirst(taken);
    }

    private static IEnumerable<byte[]> Frames(BatchUnderTest batch) => Enumerable.Range(0, batch.Batch.Count).Select(batch.BytesOf);

    private static IEnumerable<FrameVerdict> Verdicts(BatchUnderTest batch) => Enumerable.Range(0, batch.Batch.Count).Select(batch.VerdictOf);

    private static byte[] Payload(FastRandom random, int length) => Packets.SegmenterTests.Payload(random, length);

    /// <summary>Lengths of so many descriptors, the last of all beside them.</summary>
    private static int[] Pieces(FastRandom random, FrameSpec frame, int count)
    {
        int total = frame.HeaderLength + frame.Payload.Length;
        int[] ends = FragmentedFrame.RandomCuts(random, total, count);
        return [.. ends.Select((end, i) => end - (i == 0 ? 0 : ends[i - 1]))];
    }
}
