using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Packets;

internal sealed class PacketHeadersTests
{
    public static IEnumerable<TestCaseData> Shapes => FrameShapes.All.Select(each => new TestCaseData(each.Frame).SetArgDisplayNames(each.Name));

    [TestCaseSource(nameof(Shapes))]
    public void Headers_are_found(FrameSpec spec)
    {
        byte[] frame = (spec with { Payload = new byte[100] }).Build();

        Assert.That(Parse(frame, out PacketHeaders headers), Is.EqualTo(PacketFault.None));
        Assert.That(headers.IsIPv6, Is.EqualTo(spec.IsIPv6));
        Assert.That(headers.IsTcp, Is.EqualTo(!spec.IsUdp));
        Assert.That(headers.NetworkOffset, Is.EqualTo(spec.NetworkOffset));
        Assert.That(headers.TransportOffset, Is.EqualTo(spec.TransportOffset));
        Assert.That(headers.Length, Is.EqualTo(spec.HeaderLength));
        Assert.That(headers.HasOptions, Is.EqualTo(spec.IPOptions.Length + spec.Extensions.Length > 0));
        Assert.That(headers.IpLength, Is.EqualTo(frame.Length - spec.NetworkOffset));
    }

    [TestCaseSource(nameof(Shapes))]
    public void O_5_a_frame_that_ends_within_its_headers_is_truncated_at_each_length(FrameSpec spec)
    {
        byte[] frame = spec.Build();
        for (int length = 0; length < spec.HeaderLength; length++)
            Assert.That(Parse(frame[..length], out _), Is.EqualTo(PacketFault.HeaderTruncated), $"{length} bytes");
        Assert.That(Parse(frame[..spec.HeaderLength], out _), Is.EqualTo(PacketFault.None));
    }

    [TestCaseSource(nameof(Shapes))]
    public void O_5_whatever_one_byte_of_the_headers_says_nothing_is_found_outside_of_the_frame(FrameSpec spec)
    {
        byte[] frame = spec.Build();
        for (int at = 0; at < frame.Length; at++)
        {
            byte[] broken = [.. frame];
            for (int value = 0; value < 256; value++)
            {
                broken[at] = (byte)value;
                if (Parse(broken, out PacketHeaders headers) == PacketFault.None && (headers.Length > frame.Length || headers.Length <= headers.TransportOffset))
                    Assert.Fail($"byte {at}: {value}");
            }
        }
    }

    [TestCase(0x40)]
    [TestCase(0x44)]
    [TestCase(0x65)]
    [TestCase(0x05)]
    public void O_5_an_IPv4_header_with_a_wrong_version_or_below_20_bytes_is_none(byte first) =>
        Assert.That(ParseChanged(new FrameSpec(), 14, first), Is.EqualTo(PacketFault.BadIpHeader));

    [Test]
    public void O_5_an_IPv4_header_beyond_the_frame_is_truncated() =>
        Assert.That(ParseChanged(new FrameSpec(), 14, 0x4f), Is.EqualTo(PacketFault.HeaderTruncated));

    [Test]
    public void O_5_an_IPv6_header_with_another_version_is_none() =>
        Assert.That(ParseChanged(new FrameSpec { IsIPv6 = true }, 14, 0x45), Is.EqualTo(PacketFault.BadIpHeader));

    [TestCase(0, PacketFault.BadTcpHeader)]
    [TestCase(4, PacketFault.BadTcpHeader)]
    [TestCase(6, PacketFault.HeaderTruncated)]
    [TestCase(15, PacketFault.HeaderTruncated)]
    public void O_5_a_TCP_data_offset_below_5_or_beyond_the_frame_is_found(int words, PacketFault fault) =>
        Assert.That(ParseChanged(new FrameSpec(), 14 + 20 + 12, (byte)(words << 4)), Is.EqualTo(fault));

    [Test]
    public void O_5_a_chain_of_extension_headers_without_end_is_too_long()
    {
        byte[] frame = [.. new FrameSpec { IsIPv6 = true }.Build().AsSpan(0, 54), .. Enumerable.Repeat(new byte[] { 60, 0, 0, 0, 0, 0, 0, 0 }, 8000).SelectMany(each => each)];
        frame[20] = 0;
        Assert.That(Parse(frame, out _), Is.EqualTo(PacketFault.HeaderTooLong));
        Assert.That(Parse(frame[..200], out _), Is.EqualTo(PacketFault.HeaderTruncated));
    }

    [Test]
    public void O_5_an_extension_header_longer_than_the_frame_or_the_limit_is_found()
    {
        byte[] options = new byte[16];
        FrameSpec spec = new() { IsIPv6 = true, Extensions = [(0, options)], Payload = new byte[1000] };
        Assert.That(ParseChanged(spec, 14 + 40 + 1, 255), Is.EqualTo(PacketFault.HeaderTooLong));
        Assert.That(ParseChanged(spec with { Payload = new byte[10] }, 14 + 40 + 1, 255), Is.EqualTo(PacketFault.HeaderTruncated));
    }

    [Test]
    public void Headers_of_up_to_256_bytes_are_found_and_longer_ones_are_not()
    {
        byte[] extension = new byte[176];
        extension[1] = (176 / 8) - 1;
        FrameSpec longest = new() { IsIPv6 = true, Extensions = [(60, extension)], TcpOptions = new byte[4], Payload = new byte[300] };
        Assert.That(Parse(longest.Build(), out PacketHeaders headers), Is.EqualTo(PacketFault.None));
        Assert.That(headers.Length, Is.EqualTo(254));
        Assert.That(Parse((longest with { TcpOptions = new byte[8] }).Build(), out _), Is.EqualTo(PacketFault.HeaderTooLong));
    }

    [TestCase(0x2000)]
    [TestCase(0x0001)]
    [TestCase(0x3fff)]
    public void A_fragment_of_an_IPv4_packet_is_told(int fragment) =>
        Assert.That(Parse(new FrameSpec { Fragment = (ushort)fragment }.Build(), out _), Is.EqualTo(PacketFault.IpFragment));

    [Test]
    public void A_fragment_of_an_IPv6_packet_is_told() =>
        Assert.That(Parse(new FrameSpec { IsIPv6 = true, Extensions = [(44, [0, 0, 0, 1, 0, 0, 0, 9])] }.Build(), out _), Is.EqualTo(PacketFault.IpFragment));

    [TestCase(1)]
    [TestCase(58)]
    [TestCase(132)]
    [TestCase(51)]
    [TestCase(41)]
    public void Other_protocols_are_told_with_their_place(byte protocol)
    {
        byte[] frame = new FrameSpec().Build();
        frame[23] = protocol;
        Assert.That(Parse(frame, out PacketHeaders headers), Is.EqualTo(PacketFault.NotTcpOrUdp));
        Assert.That((headers.Protocol, headers.TransportOffset), Is.EqualTo((protocol, (ushort)34)));
    }

    [TestCase(0x0806)]
    [TestCase(0x88cc)]
    [TestCase(0x0026)]
    public void Other_EtherTypes_are_told(int type)
    {
        byte[] frame = new FrameSpec().Build();
        (frame[12], frame[13]) = ((byte)(type >> 8), (byte)type);
        Assert.That(Parse(frame, out PacketHeaders headers), Is.EqualTo(PacketFault.NotIp));
        Assert.That(headers.NetworkOffset, Is.EqualTo(14));
    }

    [Test]
    public void O_5_a_third_VLAN_tag_is_not_looked_behind() =>
        Assert.That(Parse(new FrameSpec { Tags = [0x88a8, 0x8100, 0x8100] }.Build(), out _), Is.EqualTo(PacketFault.NotIp));

    [Test]
    public void O_5_a_routing_header_with_segments_left_and_no_address_is_none()
    {
        byte[] routing = [0, 0, 0, 1, 0, 0, 0, 0];
        Assert.That(Parse(new FrameSpec { IsIPv6 = true, Extensions = [(43, routing)] }.Build(), out _), Is.EqualTo(PacketFault.BadIpHeader));
        routing[2] = 4;
        Assert.That(Parse(new FrameSpec { IsIPv6 = true, Extensions = [(43, routing)] }.Build(), out _), Is.EqualTo(PacketFault.BadIpHeader));
        routing[2] = 77;
        Assert.That(Parse(new FrameSpec { IsIPv6 = true, Extensions = [(43, routing)] }.Build(), out _), Is.EqualTo(PacketFault.BadIpHeader));
    }

    private static PacketFault ParseChanged(FrameSpec spec, int at, byte value)
    {
        byte[] frame = spec.Build();
        frame[at] = value;
        return Parse(frame, out _);
    }

    private static PacketFault Parse(byte[] frame, out PacketHeaders headers) => PacketHeaders.Parse(frame, frame.Length, out headers);
}
