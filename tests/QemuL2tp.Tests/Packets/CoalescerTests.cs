using System.Buffers.Binary;
using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Packets;

/// <summary>What becomes of a batch, by each of the rules.</summary>
internal sealed class CoalescerTests
{
    private const GsoTypes All = GsoTypes.Tcp4 | GsoTypes.Tcp6 | GsoTypes.Udp4 | GsoTypes.Udp6;
    private const byte AckPsh = 0x18;

    private readonly Coalescer _coalescer = new(capacity: 300) { Types = All };

    /// <summary>TCP and UDP over IPv4 and IPv6, with and without what headers may have and still be merged.</summary>
    public static IEnumerable<TestCaseData> Mergeable =>
        FrameShapes.All.Where(each => each.Frame.IPOptions.Length + each.Frame.Extensions.Length == 0).Select(each => new TestCaseData(each.Frame).SetArgDisplayNames(each.Name));

    public static IEnumerable<TestCaseData> NotMergeable =>
        FrameShapes.All.Where(each => each.Frame.IPOptions.Length + each.Frame.Extensions.Length > 0).Select(each => new TestCaseData(each.Frame).SetArgDisplayNames(each.Name));

    [TestCaseSource(nameof(Mergeable))]
    public void Consecutive_segments_become_one_super_frame(FrameSpec shape)
    {
        FrameSpec super = shape with { Payload = SegmenterTests.Payload(new FastRandom(1), 5000), TcpFlags = AckPsh };
        Delivered[] delivered = Deliver(super.Segments(1448));

        Assert.That(delivered, Has.Length.EqualTo(1));
        Assert.That(Convert.ToHexString(delivered[0].Frame), Is.EqualTo(Convert.ToHexString(super.BuildPartial())));
        Assert.That(delivered[0].Offload, Is.EqualTo(GuestFrame.OffloadOf(super, 1448)));
    }

    [TestCaseSource(nameof(NotMergeable))]
    public void IP_options_and_extension_headers_are_delivered_as_they_are_and_verified(FrameSpec shape)
    {
        Delivered[] delivered = Deliver((shape with { Payload = new byte[3000] }).Segments(1000));
        Assert.That(delivered.Select(each => each.Sources), Is.EqualTo(new[] { new[] { 0 }, [1], [2] }));
        Assert.That(delivered.Select(each => each.IsVerified), Is.All.True);
    }

    /// <summary>What makes the second of three segments one that the first must not be merged with.</summary>
    public static IEnumerable<TestCaseData> Differences
    {
        get
        {
            foreach (bool isIPv6 in new[] { false, true })
            {
                yield return Case("acknowledgement number", each => each with { Acknowledgement = 9 });
                yield return Case("window", each => each with { Window = 9 });
                yield return Case("urgent pointer", each => each with { UrgentPointer = 9 });
                yield return Case("sequence number above the next", each => each with { Sequence = each.Sequence + 1 });
                yield return Case("sequence number of before", each => each with { Sequence = each.Sequence - 1000 });
                yield return Case("TOS", each => each with { Tos = 4 });
                yield return Case("ECN", each => each with { Tos = 3 });
                yield return Case("TTL", each => each with { Ttl = 63 });
                yield return Case("TCP options", each => each with { TcpOptions = [1, 1, 1, 0] });
                yield return Case("length of TCP options", each => each with { TcpOptions = [1, 1, 1, 1, 1, 1, 1, 1] });
                yield return Case("longer payload", each => each with { Payload = new byte[1001] });
                yield return Case("no payload", each => each with { Payload = [] });
                yield return Case("padding", each => each with { Padding = 2 });
                yield return Case("VLAN tag", each => each with { Tags = [0x8100] });
                yield return Case("Ethernet address", each => each with { LastMacByte = 9 });
                yield return Case("AE flag", each => each with { ReservedBits = 1 });
                foreach (byte flag in new byte[] { 0x01, 0x02, 0x04, 0x20, 0x40, 0x80 })
                    yield return Case($"TCP flag {flag:x2}", each => each with { TcpFlags = (byte)(0x10 | flag) });
                yield return Case("no ACK flag", each => each with { TcpFlags = 0 });
                if (isIPv6)
                {
                    yield return Case("flow label", each => each with { FlowLabel = 1 });
                    yield return Case("extension header", each => each with { Extensions = [(60, [0, 0, 1, 4, 0, 0, 0, 0])] });
                    continue;
                }

                yield return Case("identification of the first", each => each with { Identification = 0x1000 });
                yield return Case("identification above the next", each => each with { Identification = 0x1002 });
                yield return Case("DF", each => each with { Fragment = 0 });
                yield return Case("reserved flag", each => each with { Fragment = 0xc000 });
                yield return Case("fragment", each => each with { Fragment = 0x2000 });
                yield return Case("IP options", each => each with { IPOptions = [1, 1, 1, 1] });

                TestCaseData Case(string name, Func<FrameSpec, FrameSpec> change) =>
                    new TestCaseData(new FrameSpec { IsIPv6 = isIPv6, TcpOptions = [1, 1, 1, 1], Payload = new byte[3000] }, change).SetArgDisplayNames(isIPv6 ? "IPv6" : "IPv4", name);
            }
        }
    }

    [TestCaseSource(nameof(Differences))]
    public void O_7_what_differs_is_not_merged(FrameSpec super, Func<FrameSpec, FrameSpec> change)
    {
        FrameSpec[] segments = super.Segments(1000);
        segments[1] = change(segments[1]);

        Delivered[] delivered = Deliver(segments);

        Assert.That(delivered.Select(each => each.Sources[0]), Is.Ordered);
        Assert.That(delivered.Select(each => each.Sources), Has.None.SupersetOf(new[] { 0, 1 }));
        Assert.That(delivered.Select(each => each.Sources), Has.None.SupersetOf(new[] { 0, 2 }), "no frame overtakes another");
        AssertSame(segments, delivered);
    }

    [Test]
    public void PSH_ends_a_super_frame()
    {
        FrameSpec[] segments = Segments(5);
        segments[2] = segments[2] with { TcpFlags = AckPsh };
        Delivered[] delivered = Deliver(segments);
        Assert.That(delivered.Select(each => each.Sources), Is.EqualTo(new[] { new[] { 0, 1, 2 }, [3, 4] }));
        Assert.That(delivered.Select(each => each.Frame[14 + 20 + 13]), Is.EqualTo(new byte[] { AckPsh, 0x10 }));
    }

    [Test]
    public void A_first_segment_with_PSH_stays_alone()
    {
        FrameSpec[] segments = Segments(3);
        segments[0] = segments[0] with { TcpFlags = AckPsh };
        Assert.That(Deliver(segments).Select(each => each.Sources), Is.EqualTo(new[] { new[] { 0 }, [1, 2] }));
    }

    [Test]
    public void A_shorter_segment_ends_a_super_frame()
    {
        FrameSpec[] segments = [.. new FrameSpec { Payload = new byte[2500] }.Segments(1000), .. new FrameSpec { Payload = new byte[2000], Sequence = 0x0102_0304 + 2500, Identification = 0x1003 }.Segments(1000)];
        Assert.That(Deliver(segments).Select(each => each.Sources), Is.EqualTo(new[] { new[] { 0, 1, 2 }, [3, 4] }));
    }

    [Test]
    public void A_sequence_number_and_an_identification_that_wrap_around_are_next()
    {
        FrameSpec super = new() { Payload = new byte[3000], Identification = 0xffff, Sequence = 0xffff_fc00 };
        Assert.That(Deliver(super.Segments(1000)), Has.Length.EqualTo(1));
    }

    [Test]
    public void O_7_a_frame_with_a_wrong_checksum_is_delivered_as_it_is([Values] bool isIPv6, [Values] bool isUdp, [Values] bool isPayload)
    {
        FrameSpec super = new() { IsIPv6 = isIPv6, IsUdp = isUdp, Payload = new byte[3000] };
        byte[][] frames = [.. super.Segments(1000).Select(each => each.Build())];
        frames[1][isPayload ? 500 : super.TransportOffset + super.ChecksumOffset]++;
        Delivered[] delivered = Delivered.Of(_coalescer, frames);
        Assert.That(delivered.Select(each => each.Sources), Is.EqualTo(new[] { new[] { 0 }, [1], [2] }));
        Assert.That(delivered.Select(each => each.IsVerified), Is.EqualTo(new[] { true, false, true }));
    }

    [Test]
    public void O_7_a_wrong_IPv4_header_checksum_keeps_segments_apart()
    {
        byte[][] frames = [.. Segments(3).Select(each => each.Build())];
        frames[1][14 + 10]++;
        Assert.That(Delivered.Of(_coalescer, frames), Has.Length.EqualTo(3));
    }

    /// <summary>The checksums are those of what the fields say, with zeros where nothing is.</summary>
    [Test]
    public void O_6_a_packet_that_says_it_is_longer_than_its_frame_or_shorter_than_its_headers_is_not_verified([Values] bool isIPv6, [Values] bool isUdp, [Values(1, 2, 1000, 30_000, -1001, -1008)] int more)
    {
        FrameSpec super = new() { IsIPv6 = isIPv6, IsUdp = isUdp, Payload = new byte[3000] };
        byte[][] frames = [.. super.Segments(1000).Select(each => each.Build())];
        int checksum = super.TransportOffset + super.ChecksumOffset;
        Add(frames[1], super.NetworkOffset + (isIPv6 ? 4 : 2), more, isIPv6 ? null : super.NetworkOffset + 10);
        if (isUdp)
            Add(frames[1], super.TransportOffset + 4, more, checksum);
        Adjust(frames[1], checksum, 0, (ushort)more);
        AssertMiddleStaysApart(frames);
    }

    [Test]
    public void O_6_a_datagram_whose_length_is_not_that_of_its_packet_is_not_verified([Values] bool isIPv6, [Values(1, 2, -1, -1000, 30_000)] int more)
    {
        FrameSpec super = new() { IsIPv6 = isIPv6, IsUdp = true, Payload = new byte[3000] };
        byte[][] frames = [.. super.Segments(1000).Select(each => each.Build())];
        Add(frames[1], super.TransportOffset + 4, more, super.TransportOffset + super.ChecksumOffset);
        AssertMiddleStaysApart(frames);
    }

    /// <summary>It is right, but nobody who cuts the super-frame again would write it so.</summary>
    [Test]
    public void O_8_a_TCP_checksum_of_0xffff_keeps_segments_apart_and_is_verified()
    {
        FrameSpec[] segments = Segments(2);
        (segments[1].Payload[0], segments[1].Payload[1]) = (0, 0);
        byte[] first = segments[1].Build();
        (segments[1].Payload[0], segments[1].Payload[1]) = (first[50], first[51]);
        byte[][] frames = [.. segments.Select(each => each.Build())];
        Assert.That(frames[1][50..52], Is.EqualTo(new byte[] { 0, 0 }));
        Assert.That(Delivered.Of(_coalescer, frames), Has.Length.EqualTo(1), "0");
        (frames[1][50], frames[1][51]) = (0xff, 0xff);
        Delivered[] delivered = Delivered.Of(_coalescer, frames);
        Assert.That(delivered, Has.Length.EqualTo(2), "0xffff");
        Assert.That(delivered[1].IsVerified, Is.True);
    }

    [Test]
    public void A_datagram_without_a_checksum_is_neither_merged_nor_verified([Values] bool isIPv6)
    {
        Delivered[] delivered = Deliver(new FrameSpec { IsIPv6 = isIPv6, IsUdp = true, HasNoChecksum = true, Payload = new byte[3000] }.Segments(1000));
        Assert.That(delivered, Has.Length.EqualTo(3));
        Assert.That(delivered.Select(each => each.IsVerified), Is.All.False);
    }

    [Test]
    public void O_8_a_datagram_without_a_checksum_whose_checksum_would_be_0_is_not_verified()
    {
        FrameSpec frame = new() { IsUdp = true, Payload = new byte[100] };
        byte[] bytes = frame.Build();
        (frame.Payload[0], frame.Payload[1]) = (bytes[40], bytes[41]);
        Assert.That(frame.Build()[40..42], Is.EqualTo(new byte[] { 0xff, 0xff }));
        Assert.That(Deliver(frame with { HasNoChecksum = true })[0].IsVerified, Is.False);
        Assert.That(Deliver(frame)[0].IsVerified, Is.True);
    }

    [Test]
    public void Padding_of_a_short_frame_is_not_payload()
    {
        Delivered[] delivered = Deliver(new FrameSpec { Payload = [1], Padding = 5 }, new FrameSpec { Payload = [2], Padding = 5, Sequence = 0x0102_0305, Identification = 0x1001 });
        Assert.That(delivered, Has.Length.EqualTo(2));
        Assert.That(delivered.Select(each => each.IsVerified), Is.All.True);
    }

    [Test]
    public void Only_what_the_guest_takes_is_merged([Values(GsoTypes.None, GsoTypes.Tcp4, GsoTypes.Tcp6, GsoTypes.Udp4, GsoTypes.Udp6)] GsoTypes types)
    {
        _coalescer.Types = types;
        foreach (bool isIPv6 in new[] { false, true })
        {
            foreach (bool isUdp in new[] { false, true })
            {
                GsoTypes type = isUdp ? (isIPv6 ? GsoTypes.Udp6 : GsoTypes.Udp4) : isIPv6 ? GsoTypes.Tcp6 : GsoTypes.Tcp4;
                Delivered[] delivered = Deliver(new FrameSpec { IsIPv6 = isIPv6, IsUdp = isUdp, Payload = new byte[3000] }.Segments(1000));
                Assert.That(delivered, Has.Length.EqualTo(type == types ? 1 : 3));
            }
        }

        _coalescer.Types = All;
    }

    [Test]
    public void A_super_frame_fits_the_length_field_of_IP_and_the_smallest_buffers([Values] bool isIPv6, [Values] bool hasTags)
    {
        // Five of them fit the one, but with two VLAN tags not the other.
        int size = isIPv6 ? 13_094 : 13_098;
        FrameSpec super = new() { IsIPv6 = isIPv6, Tags = hasTags ? [0x88a8, 0x8100] : [], Payload = new byte[10 * size] };
        Delivered[] delivered = Deliver(super.Segments(size));
        Assert.That(delivered.Select(each => each.Sources.Length), Is.EqualTo(hasTags ? new[] { 4, 4, 2 } : [5, 5]));
        foreach (Delivered each in delivered)
        {
            Assert.That(each.Frame, Has.Length.LessThanOrEqualTo(Coalescer.MaxFrameLength));
            Assert.That(each.Frame.Length - super.NetworkOffset, Is.LessThanOrEqualTo(65535));
        }

        AssertSame(super.Segments(size), delivered);
    }

    [Test]
    public void A_super_frame_has_at_most_128_frames([Values] bool isUdp)
    {
        Delivered[] delivered = Deliver(new FrameSpec { IsUdp = isUdp, Payload = new byte[2570] }.Segments(10));
        Assert.That(delivered.Select(each => each.Sources.Length), Is.EqualTo(new[] { 128, 128, 1 }));
    }

    [Test]
    public void A_batch_forgets_the_one_before()
    {
        FrameSpec[] segments = Segments(2);
        Assert.That(Deliver(segments[0]), Has.Length.EqualTo(1));
        Assert.That(Deliver(segments[1]), Has.Length.EqualTo(1));
    }

    [Test]
    public void Headers_that_lie_in_several_fragments_are_verified_and_end_their_flow()
    {
        byte[][] frames = [.. Segments(3).Select(each => each.Build())];
        Delivered[] delivered = Delivered.Of(_coalescer, frames, 10, 40, 41);
        Assert.That(delivered, Has.Length.EqualTo(3));
        Assert.That(delivered.Select(each => each.IsVerified), Is.All.True);
    }

    [Test]
    public void Payload_may_lie_in_several_fragments()
    {
        byte[][] frames = [.. Segments(3).Select(each => each.Build())];
        Assert.That(Delivered.Of(_coalescer, frames, 256, 256, 301), Has.Length.EqualTo(1));
    }

    private void AssertMiddleStaysApart(byte[][] frames)
    {
        Delivered[] delivered = Delivered.Of(_coalescer, frames);
        Assert.That(delivered.Select(each => each.Sources), Is.EqualTo(new[] { new[] { 0 }, [1], [2] }));
        Assert.That(delivered.Select(each => each.IsVerified), Is.EqualTo(new[] { true, false, true }));
    }

    /// <summary>Adds to a 16-bit field, with the checksum over it.</summary>
    private static void Add(byte[] frame, int field, int more, int? checksum)
    {
        ushort before = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(field));
        ushort after = (ushort)(before + more);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(field), after);
        if (checksum is { } at)
            Adjust(frame, at, before, after);
    }

    /// <summary>RFC 1624, equation 3.</summary>
    private static void Adjust(byte[] frame, int checksum, ushort before, ushort after)
    {
        uint sum = (uint)((ushort)~BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(checksum)) + (ushort)~before + after);
        sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(checksum), (ushort)~((sum & 0xffff) + (sum >> 16)));
    }

    private Delivered[] Deliver(params FrameSpec[] frames) => Delivered.Of(_coalescer, [.. frames.Select(each => each.Build())]);

    private static FrameSpec[] Segments(int count) => new FrameSpec { Payload = SegmenterTests.Payload(new FastRandom(2), count * 1000) }.Segments(1000);

    /// <summary>Cut again, the super-frames are what came.</summary>
    private static void AssertSame(FrameSpec[] segments, Delivered[] delivered)
    {
        List<byte[]> again = [];
        foreach (Delivered each in delivered)
        {
            if (each.Offload.Type == GsoType.None)
            {
                again.Add(each.Frame);
                continue;
            }

            Assert.That(GuestFrame.Segment(each.Frame, each.Offload, out byte[][] cut), Is.EqualTo(PacketFault.None));
            again.AddRange(cut);
        }

        Assert.That(again.Select(Convert.ToHexString), Is.EqualTo(segments.Select(each => Convert.ToHexString(each.Build()))));
    }
}
