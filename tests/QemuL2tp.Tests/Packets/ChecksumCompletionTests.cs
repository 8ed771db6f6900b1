using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Packets;

internal sealed class ChecksumCompletionTests
{
    public static IEnumerable<TestCaseData> Shapes => PacketHeadersTests.Shapes;

    [TestCaseSource(nameof(Shapes))]
    public void A_completed_frame_is_that_of_a_guest_without_offloads(FrameSpec shape)
    {
        FastRandom random = new((ulong)shape.HeaderLength);
        for (int length = 0; length < 300; length++)
        {
            FrameSpec spec = shape with { Payload = SegmenterTests.Payload(random, length) };
            byte[] frame = spec.BuildPartial();
            int[] cuts = FragmentedFrame.RandomCuts(random, frame.Length, random.Next(10));
            Assert.That(GuestFrame.Complete(frame, GuestFrame.ChecksumOf(spec), cuts), Is.EqualTo(PacketFault.None));
            Assert.That(frame.AsSpan().SequenceEqual(spec.Build()), Is.True, $"{length} bytes of payload");
        }
    }

    private static readonly int[][] s_longExtensions = [[200], [256], [2048], [8, 2048], [200, 200], [16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16], [192]];

    [TestCaseSource(nameof(s_longExtensions))]
    public void Headers_longer_than_what_is_read_of_them_are_no_obstacle(params int[] extensions)
    {
        FastRandom random = new(7);
        foreach (bool isUdp in new[] { false, true })
        {
            FrameSpec spec = new()
            {
                IsIPv6 = true,
                IsUdp = isUdp,
                Tags = [0x8100],
                Extensions = [.. extensions.Select(length => ((byte)60, new byte[length]))],
                TcpOptions = new byte[8],
                Payload = SegmenterTests.Payload(random, 601),
            };
            foreach ((_, byte[] bytes) in spec.Extensions)
                bytes[1] = (byte)((bytes.Length / 8) - 1);
            byte[] frame = spec.BuildPartial();
            Assert.That(GuestFrame.Complete(frame, GuestFrame.ChecksumOf(spec), 70, 255, 600), Is.EqualTo(PacketFault.None));
            Assert.That(frame, Is.EqualTo(spec.Build()));
        }
    }

    [Test]
    public void O_1_csum_start_before_the_part_of_long_headers_that_is_not_read_is_refused()
    {
        byte[] extension = new byte[256];
        extension[1] = (256 / 8) - 1;
        FrameSpec spec = new() { IsIPv6 = true, Extensions = [(0, new byte[8]), (60, extension)], Payload = new byte[100] };
        byte[] frame = spec.BuildPartial();
        for (int start = 0; start < 14 + 40 + 8; start++)
            Assert.That(GuestFrame.Complete([.. frame], GuestFrame.ChecksumOf(spec) with { ChecksumStart = (ushort)start }), Is.EqualTo(PacketFault.BadChecksumPlace), $"csum_start {start}");
        Assert.That(GuestFrame.Complete(frame, GuestFrame.ChecksumOf(spec) with { ChecksumStart = (ushort)(frame.Length - 17) }), Is.EqualTo(PacketFault.BadChecksumPlace));
    }

    [Test]
    public void Zeros_of_padding_do_not_change_the_checksum()
    {
        FrameSpec spec = new() { Payload = [1, 2, 3] };
        byte[] frame = [.. spec.BuildPartial(), 0, 0, 0];
        Assert.That(GuestFrame.Complete(frame, GuestFrame.ChecksumOf(spec)), Is.EqualTo(PacketFault.None));
        Assert.That(frame, Is.EqualTo((spec with { Padding = 3 }).Build()));
    }

    [Test]
    public void O_8_a_UDP_checksum_of_0_becomes_0xffff_and_a_TCP_one_does_not([Values] bool isIPv6, [Values] bool isUdp)
    {
        FrameSpec spec = new() { IsUdp = isUdp, IsIPv6 = isIPv6, Payload = [0, 0, 1, 2] };
        byte[] first = spec.Build();
        int at = spec.TransportOffset + spec.ChecksumOffset;
        (spec.Payload[0], spec.Payload[1]) = (first[at], first[at + 1]);
        byte[] frame = spec.BuildPartial();

        Assert.That(GuestFrame.Complete(frame, GuestFrame.ChecksumOf(spec)), Is.EqualTo(PacketFault.None));
        Assert.That(frame[at..(at + 2)], Is.EqualTo(isUdp ? new byte[] { 0xff, 0xff } : [0, 0]));
        Assert.That(frame, Is.EqualTo(spec.Build()));
    }

    [TestCaseSource(nameof(Shapes))]
    public void O_1_csum_start_within_or_before_the_headers_is_refused(FrameSpec shape)
    {
        FrameSpec spec = shape with { Payload = new byte[100] };
        byte[] frame = spec.BuildPartial();
        for (int start = 0; start < spec.HeaderLength; start++)
        {
            PacketFault expected = start == spec.TransportOffset ? PacketFault.None : PacketFault.BadChecksumPlace;
            Assert.That(GuestFrame.Complete([.. frame], GuestFrame.ChecksumOf(spec) with { ChecksumStart = (ushort)start }), Is.EqualTo(expected), $"csum_start {start}");
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void O_1_no_place_outside_of_the_frame_is_written_to(FrameSpec shape)
    {
        FrameSpec spec = shape with { Payload = new byte[100] };
        byte[] frame = spec.BuildPartial();
        for (int start = 0; start <= 65535; start += start < 300 ? 7 : 8191)
        {
            for (int offset = 0; offset <= 65535; offset += offset < 300 ? 11 : 16383)
            {
                byte[] copy = [.. frame];
                PacketFault fault = GuestFrame.Complete(copy, GuestFrame.ChecksumOf(spec) with { ChecksumStart = (ushort)start, ChecksumOffset = (ushort)offset });
                Assert.That(fault, Is.EqualTo(PacketFault.None).Or.EqualTo(PacketFault.BadChecksumPlace));
                if (fault == PacketFault.None)
                    Assert.That(start + offset + 2, Is.LessThanOrEqualTo(frame.Length));
                Assert.That(copy.AsSpan(0, spec.TransportOffset).SequenceEqual(frame.AsSpan(0, spec.TransportOffset)), Is.True);
            }
        }
    }

    [Test]
    public void O_1_a_checksum_half_outside_of_the_frame_is_refused()
    {
        FrameSpec spec = new() { IsUdp = true };
        byte[] frame = spec.BuildPartial();
        Assert.That(GuestFrame.Complete(frame[..^1], GuestFrame.ChecksumOf(spec)), Is.EqualTo(PacketFault.HeaderTruncated));
        byte[] icmp = Icmp();
        PacketOffload offload = new() { NeedsChecksum = true, ChecksumStart = 34, ChecksumOffset = 2 };
        Assert.That(GuestFrame.Complete(icmp[..38], offload), Is.EqualTo(PacketFault.None));
        Assert.That(GuestFrame.Complete(icmp[..37], offload), Is.EqualTo(PacketFault.BadChecksumPlace));
    }

    [Test]
    public void Another_protocol_is_completed_where_its_header_is()
    {
        byte[] frame = Icmp();
        PacketOffload offload = new() { NeedsChecksum = true, ChecksumStart = 34, ChecksumOffset = 2 };
        Assert.That(GuestFrame.Complete(frame, offload), Is.EqualTo(PacketFault.None));
        Assert.That(NaiveChecksum.Of(frame[34..]), Is.Zero);
        Assert.That(GuestFrame.Complete(frame, offload with { ChecksumStart = 33 }), Is.EqualTo(PacketFault.BadChecksumPlace));
    }

    [Test]
    public void What_is_not_IP_is_completed_behind_its_Ethernet_header()
    {
        byte[] frame = new FrameSpec { Tags = [0x8100], Payload = new byte[50] }.Build();
        (frame[16], frame[17]) = (0x88, 0x47);
        PacketOffload offload = new() { NeedsChecksum = true, ChecksumStart = 18, ChecksumOffset = 2 };
        Assert.That(GuestFrame.Complete([.. frame], offload), Is.EqualTo(PacketFault.None));
        Assert.That(GuestFrame.Complete([.. frame], offload with { ChecksumStart = 17 }), Is.EqualTo(PacketFault.BadChecksumPlace));
        Assert.That(GuestFrame.Complete([.. frame], offload with { ChecksumStart = 0 }), Is.EqualTo(PacketFault.BadChecksumPlace));
    }

    /// <summary>VXLAN: Linux leaves the inner checksum to the device, and the outer one is right already.</summary>
    [Test]
    public void The_inner_checksum_of_a_tunnel_in_UDP_is_completed()
    {
        FrameSpec inner = new() { Payload = SegmenterTests.Payload(new FastRandom(9), 77) };
        FrameSpec outer = new() { IsUdp = true, HasNoChecksum = true, DestinationPort = 4789, Payload = [8, 0, 0, 0, 0, 0, 1, 0, .. inner.BuildPartial()] };
        byte[] frame = outer.Build();
        PacketOffload offload = GuestFrame.ChecksumOf(inner) with { ChecksumStart = (ushort)(outer.HeaderLength + 8 + inner.TransportOffset) };

        Assert.That(GuestFrame.Complete(frame, offload, 51, 120), Is.EqualTo(PacketFault.None));
        Assert.That(frame[(outer.HeaderLength + 8)..], Is.EqualTo(inner.Build()));
    }

    [Test]
    public void A_fragment_of_a_packet_cannot_be_completed()
    {
        FrameSpec spec = new() { Fragment = 0x2000, Payload = new byte[40] };
        Assert.That(GuestFrame.Complete(spec.BuildPartial(), GuestFrame.ChecksumOf(spec)), Is.EqualTo(PacketFault.IpFragment));
    }

    private static byte[] Icmp()
    {
        byte[] frame = new FrameSpec { Payload = SegmenterTests.Payload(new FastRandom(8), 60) }.Build();
        frame[23] = 1;
        (frame[36], frame[37]) = (0, 0);
        return frame;
    }
}
