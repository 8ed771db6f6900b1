using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Packets;

internal sealed class IPv4PacketTests
{
    [TestCase(0)]
    [TestCase(4)]
    [TestCase(40)]
    public void N_7_IP_options_are_skipped_by_the_header_length_field(int optionBytes)
    {
        byte[] packet = [.. PseudowireOptions.IPv4Header(optionBytes), 0x55, 0x66, 0x77, 0x88];
        L2tpPeer.BigEndian((ulong)packet.Length, 2).CopyTo(packet, 2);
        Assert.That(IPv4Packet.TryParse(packet, out int headerLength, out int totalLength), Is.True);
        Assert.That((headerLength, totalLength), Is.EqualTo((20 + optionBytes, packet.Length)));
    }

    [TestCase("", Description = "nothing")]
    [TestCase("450000001234400040730000 7f000002 7f0000", Description = "19 bytes")]
    [TestCase("44000019123440004073 0000 7f000002 7f000001 55667788 f0", Description = "IHL 4")]
    [TestCase("40000019123440004073 0000 7f000002 7f000001 55667788 f0", Description = "IHL 0")]
    [TestCase("4f000019123440004073 0000 7f000002 7f000001 55667788 f0", Description = "60 bytes of header in 25")]
    [TestCase("65000019123440004073 0000 7f000002 7f000001 55667788 f0", Description = "version 6")]
    [TestCase("4500001a123440004073 0000 7f000002 7f000001 55667788 f0", Description = "total length one above what is there")]
    [TestCase("4500ffff123440004073 0000 7f000002 7f000001 55667788 f0", Description = "total length far above")]
    [TestCase("45000013123440004073 0000 7f000002 7f000001 55667788 f0", Description = "total length below the header")]
    [TestCase("45000000123440004073 0000 7f000002 7f000001 55667788 f0", Description = "total length 0")]
    public void N_7_a_lying_IPv4_header_is_none(string packet) => Assert.That(IPv4Packet.TryParse(Bytes(packet), out _, out _), Is.False);

    [TestCase("4500001a", 26)]
    [TestCase("45000019", 25)]
    [TestCase("45000018", 24)]
    public void N_7_what_follows_the_IP_packet_is_not_part_of_it(string start, int length)
    {
        Assert.That(IPv4Packet.TryParse(Bytes(start + "123440004073 0000 7f000002 7f000001 55667788 f0f1"), out int headerLength, out int totalLength), Is.True);
        Assert.That((headerLength, totalLength), Is.EqualTo((20, length)));
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
