using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Packets;

/// <summary>What a guest may say of a super-frame without its being one.</summary>
internal sealed class SuperFrameFaultTests
{
    private static readonly FrameSpec s_tcp = new() { Payload = new byte[3000] };

    public static IEnumerable<TestCaseData> Shapes => PacketHeadersTests.Shapes;

    [TestCaseSource(nameof(Shapes))]
    public void O_1_csum_start_must_be_that_of_the_parsed_header(FrameSpec shape)
    {
        FrameSpec super = shape with { Payload = new byte[200] };
        byte[] frame = super.BuildPartial();
        for (int start = 0; start <= 65535; start += start < 300 ? 1 : 4093)
        {
            PacketFault expected = start == super.TransportOffset ? PacketFault.None : PacketFault.BadChecksumPlace;
            Assert.That(Segment(frame, GuestFrame.OffloadOf(super, 100) with { ChecksumStart = (ushort)start }), Is.EqualTo(expected), $"csum_start {start}");
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void O_1_csum_offset_must_be_that_of_the_protocol(FrameSpec shape)
    {
        FrameSpec super = shape with { Payload = new byte[200] };
        byte[] frame = super.BuildPartial();
        for (int offset = 0; offset <= 65535; offset += offset < 50 ? 1 : 4093)
        {
            PacketFault expected = offset == super.ChecksumOffset ? PacketFault.None : PacketFault.BadChecksumPlace;
            Assert.That(Segment(frame, GuestFrame.OffloadOf(super, 100) with { ChecksumOffset = (ushort)offset }), Is.EqualTo(expected), $"csum_offset {offset}");
        }
    }

    [TestCase(0, PacketFault.BadSegmentSize)]
    [TestCase(65535, PacketFault.BadSegmentSize)]
    [TestCase(1, PacketFault.TooManySegments)]
    [TestCase(2, PacketFault.TooManySegments)]
    [TestCase(3, PacketFault.None)]
    [TestCase(2999, PacketFault.None)]
    [TestCase(3000, PacketFault.None)]
    [TestCase(3001, PacketFault.None)]
    [TestCase(65534, PacketFault.None)]
    public void O_2_gso_size_must_be_sensible(int size, PacketFault fault) =>
        Assert.That(Segment(s_tcp.BuildPartial(), GuestFrame.OffloadOf(s_tcp, size)), Is.EqualTo(fault));

    [Test]
    public void O_2_a_segment_size_above_the_payload_gives_one_complete_frame([Values] bool isUdp)
    {
        FrameSpec super = s_tcp with { IsUdp = isUdp };
        Assert.That(GuestFrame.Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 60_000), out byte[][] segments), Is.EqualTo(PacketFault.None));
        Assert.That(segments, Has.Length.EqualTo(1));
        Assert.That(segments[0], Is.EqualTo(super.Build()));
    }

    [TestCase(65535 - 40, PacketFault.None)]
    [TestCase(65535 - 39, PacketFault.BadSegmentSize)]
    public void O_2_a_segment_must_fit_the_length_field_of_IP(int size, PacketFault fault)
    {
        FrameSpec super = s_tcp with { Payload = new byte[size] };
        Assert.That(Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 65534)), Is.EqualTo(fault));
    }

    [TestCase(128, PacketFault.None)]
    [TestCase(129, PacketFault.TooManySegments)]
    public void O_2_a_super_frame_of_UDP_has_at_most_128_datagrams(int count, PacketFault fault)
    {
        FrameSpec super = new() { IsUdp = true, Payload = new byte[(count * 10) - 1] };
        Assert.That(Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 10)), Is.EqualTo(fault));
    }

    [TestCase(1024, PacketFault.None)]
    [TestCase(1025, PacketFault.TooManySegments)]
    public void O_2_a_super_frame_of_TCP_has_at_most_as_many_segments_as_there_is_room_for(int count, PacketFault fault)
    {
        FrameSpec super = new() { Payload = new byte[count * 48] };
        Assert.That(Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 48)), Is.EqualTo(fault));
    }

    [Test]
    public void O_4_a_type_that_contradicts_the_headers_is_refused([Values] bool isIPv6, [Values] bool isUdp, [Values] GsoType type)
    {
        FrameSpec super = new() { IsIPv6 = isIPv6, IsUdp = isUdp, Payload = new byte[500] };
        PacketOffload right = GuestFrame.OffloadOf(super, 100);
        Assert.That(Segment(super.BuildPartial(), right with { Type = type }), Is.EqualTo(type == right.Type ? PacketFault.None : PacketFault.BadGsoType));
    }

    [Test]
    public void O_4_each_gso_type_that_is_not_known_is_refused()
    {
        int[] known = [0, 1, 4, 5, 0x81, 0x84, 0x11, 0x14, 0x91, 0x94];
        for (int type = 0; type < 256; type++)
        {
            PacketFault fault = PacketOffload.Read(1, (byte)type, 1448, 34, 16, out PacketOffload offload);
            Assert.That(fault, Is.EqualTo(known.Contains(type) ? PacketFault.None : PacketFault.BadGsoType), $"gso_type {type}");
            if (fault == PacketFault.None)
                Assert.That(((int)offload.Type, offload.IsAccurateEcn), Is.EqualTo((type & 0x6f, (type & 0x10) != 0)));
        }
    }

    [Test]
    public void The_fields_of_virtio_net_hdr_are_taken_over([Values(0, 1, 2, 3, 0xfe, 0xff)] byte flags)
    {
        Assert.That(PacketOffload.Read(flags, 1, 1448, 34, 16, out PacketOffload offload), Is.EqualTo(PacketFault.None));
        Assert.That(offload.NeedsChecksum, Is.EqualTo((flags & 1) != 0));
        Assert.That((offload.SegmentSize, offload.ChecksumStart, offload.ChecksumOffset), Is.EqualTo(((ushort)1448, (ushort)34, (ushort)16)));
    }

    [Test]
    public void A_super_frame_must_ask_for_its_checksum() =>
        Assert.That(Segment(s_tcp.BuildPartial(), GuestFrame.OffloadOf(s_tcp, 1000) with { NeedsChecksum = false }), Is.EqualTo(PacketFault.ChecksumNotRequested));

    [TestCaseSource(nameof(Shapes))]
    public void O_5_a_super_frame_cut_off_at_each_length_is_refused_or_has_less_payload(FrameSpec shape)
    {
        FrameSpec super = shape with { Payload = new byte[300] };
        byte[] frame = super.BuildPartial();
        for (int length = 0; length <= frame.Length; length++)
        {
            PacketFault fault = GuestFrame.Segment(frame[..length], GuestFrame.OffloadOf(super, 100), out byte[][] segments);
            Assert.That(fault, Is.EqualTo(length < super.HeaderLength ? PacketFault.HeaderTruncated : PacketFault.None), $"{length} bytes");
            Assert.That(segments.Sum(each => each.Length - super.HeaderLength), Is.EqualTo(Math.Max(0, length - super.HeaderLength)));
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void O_5_whatever_one_byte_of_the_headers_says_segments_carry_the_payload_or_there_are_none(FrameSpec shape)
    {
        FrameSpec super = shape with { Payload = new byte[300] };
        byte[] frame = super.BuildPartial();
        for (int at = 12; at < super.HeaderLength; at++)
        {
            byte[] broken = [.. frame];
            for (int value = 0; value < 256; value += 17)
            {
                broken[at] = (byte)value;
                if (GuestFrame.Segment(broken, GuestFrame.OffloadOf(super, 100), out byte[][] segments) != PacketFault.None)
                    continue;
                Assert.That(PacketHeaders.Parse(broken, broken.Length, out PacketHeaders headers), Is.EqualTo(PacketFault.None));
                Assert.That(segments.Sum(each => each.Length - headers.Length), Is.EqualTo(frame.Length - headers.Length), $"byte {at}: {value}");
            }
        }
    }

    private static PacketFault Segment(byte[] frame, PacketOffload offload) => GuestFrame.Segment(frame, offload, out _);
}
