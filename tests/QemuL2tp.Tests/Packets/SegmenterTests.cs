using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Packets;

/// <summary>What leaves is what a guest without offloads would have sent, byte for byte.</summary>
internal sealed class SegmenterTests
{
    private const byte Fin = 1;
    private const byte Psh = 8;
    private const byte Ack = 16;
    private const byte Cwr = 128;

    public static IEnumerable<TestCaseData> Shapes => PacketHeadersTests.Shapes;

    public static IEnumerable<TestCaseData> ShapesForPacketDotNet => Shapes.Where(each => ((FrameSpec)each.Arguments[0]!).Extensions.Length == 0);

    [TestCaseSource(nameof(Shapes))]
    public void Segments_are_those_of_a_guest_without_offloads(FrameSpec shape)
    {
        FastRandom random = new((ulong)shape.HeaderLength);
        foreach (int length in new[] { 0, 1, 1447, 1448, 1449, 2896, 20001, 65000 })
        {
            FrameSpec super = shape with { Payload = Payload(random, length), TcpFlags = Ack | Psh };
            int[] cuts = FragmentedFrame.RandomCuts(random, super.HeaderLength + length, random.Next(20));

            PacketFault fault = GuestFrame.Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 1448), out byte[][] segments, cuts);

            Assert.That(fault, Is.EqualTo(PacketFault.None));
            AssertEqual(segments, super.Segments(1448));
        }
    }

    [Test]
    public void Random_super_frames_in_random_fragments_are_cut_as_a_naive_segmenter_does([Range(1, 20)] int seed)
    {
        FastRandom random = new((ulong)seed);
        for (int run = 0; run < 20; run++)
        {
            FrameSpec super = FrameShapes.All[random.Next(FrameShapes.All.Count)].Frame with
            {
                Payload = Payload(random, random.Next(random.Chance(20) ? 65000 : 5000)),
                Identification = (ushort)random.Next(65536),
                Sequence = (uint)random.Next(int.MaxValue) * 2,
                TcpFlags = (byte)(Ack | (random.Next(256) & (Fin | Psh | Cwr | 0x40))),
                Tos = (byte)random.Next(256),
            };
            int size = random.Between(Math.Max(1, super.Payload.Length / 100), 2000);
            bool isAccurateEcn = random.Chance(50);
            int[] cuts = FragmentedFrame.RandomCuts(random, super.HeaderLength + super.Payload.Length, random.Next(40));

            PacketFault fault = GuestFrame.Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, size, isAccurateEcn), out byte[][] segments, cuts);

            Assert.That(fault, Is.EqualTo(PacketFault.None));
            AssertEqual(segments, super.Segments(size, isAccurateEcn));
        }
    }

    [TestCaseSource(nameof(ShapesForPacketDotNet))]
    public void Segments_are_right_in_the_eyes_of_PacketDotNet(FrameSpec shape)
    {
        FrameSpec super = shape with { Payload = Payload(new FastRandom(7), 5001), TcpFlags = Ack | Psh | Fin };
        Assert.That(GuestFrame.Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 1400), out byte[][] segments, 77, 1001), Is.EqualTo(PacketFault.None));

        List<byte> payload = [];
        for (int i = 0; i < segments.Length; i++)
            payload.AddRange(PacketDotNetReader.PayloadOf(segments[i], super, i, 1400, isLast: i == segments.Length - 1));
        Assert.That(payload, Is.EqualTo(super.Payload));
    }

    [TestCase(Ack | Fin | Psh, false, Ack, Ack, Ack | Fin | Psh)]
    [TestCase(Ack | Cwr, false, Ack | Cwr, Ack, Ack)]
    [TestCase(Ack | Cwr, true, Ack | Cwr, Ack | Cwr, Ack | Cwr)]
    [TestCase(Ack | Cwr | Psh | 0x40, false, Ack | Cwr | 0x40, Ack | 0x40, Ack | Psh | 0x40)]
    public void FIN_and_PSH_are_on_the_last_segment_and_CWR_is_on_the_first_unless_it_counts(int flags, bool isAccurateEcn, int first, int second, int last)
    {
        FrameSpec super = new() { Payload = new byte[3000], TcpFlags = (byte)flags };
        Assert.That(GuestFrame.Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 1000, isAccurateEcn), out byte[][] segments), Is.EqualTo(PacketFault.None));
        Assert.That(segments.Select(each => (int)each[14 + 20 + 13]), Is.EqualTo(new[] { first, second, last }));
    }

    [Test]
    public void Identification_and_sequence_number_wrap_around()
    {
        FrameSpec super = new() { Payload = new byte[3000], Identification = 0xffff, Sequence = 0xffff_fc00 };
        Assert.That(GuestFrame.Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 1000), out byte[][] segments), Is.EqualTo(PacketFault.None));
        AssertEqual(segments, super.Segments(1000));
        Assert.That(segments.Select(each => (each[18] << 8) | each[19]), Is.EqualTo(new[] { 0xffff, 0, 1 }));
    }

    [Test]
    public void O_8_a_UDP_checksum_of_0_is_sent_as_0xffff_and_a_TCP_one_as_it_is([Values] bool isIPv6, [Values] bool isUdp)
    {
        FrameSpec super = new() { IsUdp = isUdp, IsIPv6 = isIPv6, Payload = Payload(new FastRandom(3), 200) };
        byte[] first = (super with { Payload = super.Payload[..100] }).Build();
        // What is missing to a sum of 0xffff.
        (super.Payload[0], super.Payload[1]) = Add(super.Payload[0], super.Payload[1], first[super.TransportOffset + super.ChecksumOffset], first[super.TransportOffset + super.ChecksumOffset + 1]);

        Assert.That(GuestFrame.Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 100), out byte[][] segments), Is.EqualTo(PacketFault.None));

        AssertEqual(segments, super.Segments(100));
        Assert.That(segments[0][(super.TransportOffset + super.ChecksumOffset)..][..2], Is.EqualTo(isUdp ? new byte[] { 0xff, 0xff } : [0, 0]));

        static (byte, byte) Add(byte high, byte low, byte otherHigh, byte otherLow)
        {
            ushort sum = NaiveChecksum.Sum([high, low, otherHigh, otherLow]);
            return ((byte)(sum >> 8), (byte)sum);
        }
    }

    /// <summary>Some drivers leave 0 in them, and none of them has room for a super-frame's.</summary>
    [Test]
    public void O_6_length_fields_of_a_super_frame_are_not_believed([Values] bool isIPv6, [Values] bool isUdp, [Values(0, 1, 20, 65535)] int lie)
    {
        FrameSpec super = new() { IsIPv6 = isIPv6, IsUdp = isUdp, Payload = Payload(new FastRandom(4), 3000) };
        byte[] frame = super.BuildPartial();
        int at = super.NetworkOffset + (isIPv6 ? 4 : 2);
        (frame[at], frame[at + 1]) = ((byte)(lie >> 8), (byte)lie);
        if (isUdp)
            (frame[super.TransportOffset + 4], frame[super.TransportOffset + 5]) = ((byte)(lie >> 8), (byte)lie);

        Assert.That(GuestFrame.Segment(frame, GuestFrame.OffloadOf(super, 1000), out byte[][] segments), Is.EqualTo(PacketFault.None));
        AssertEqual(segments, super.Segments(1000));
    }

    [Test]
    public void A_super_frame_longer_than_the_length_field_of_IP_is_cut_all_the_same([Values] bool isIPv6)
    {
        FrameSpec super = new() { IsIPv6 = isIPv6, Payload = Payload(new FastRandom(5), 70_001) };
        Assert.That(GuestFrame.Segment(super.BuildPartial(), GuestFrame.OffloadOf(super, 1448), out byte[][] segments), Is.EqualTo(PacketFault.None));
        AssertEqual(segments, super.Segments(1448));
    }

    [Test]
    public void What_the_checksum_field_held_does_not_matter()
    {
        FrameSpec super = new() { Payload = Payload(new FastRandom(6), 3000) };
        byte[] frame = super.BuildPartial();
        (frame[super.TransportOffset + 16], frame[super.TransportOffset + 17]) = (0xde, 0xad);
        Assert.That(GuestFrame.Segment(frame, GuestFrame.OffloadOf(super, 1000), out byte[][] segments), Is.EqualTo(PacketFault.None));
        AssertEqual(segments, super.Segments(1000));
    }

    internal static byte[] Payload(FastRandom random, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)random.Next(256);
        return bytes;
    }

    private static void AssertEqual(byte[][] segments, FrameSpec[] expected)
    {
        Assert.That(segments, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < segments.Length; i++)
        {
            if (!segments[i].AsSpan().SequenceEqual(expected[i].Build()))
                Assert.That(Convert.ToHexString(segments[i]), Is.EqualTo(Convert.ToHexString(expected[i].Build())), $"segment {i}");
        }
    }
}
