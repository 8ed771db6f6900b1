using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.L2tpv3;

public class HeaderLayoutTests
{
    [TestCase(true, 0, false, 4, null, null, 8)]
    [TestCase(true, 0, true, 4, null, 8, 12)]
    [TestCase(true, 4, false, 4, 8, null, 12)]
    [TestCase(true, 4, true, 4, 8, 12, 16)]
    [TestCase(true, 8, false, 4, 8, null, 16)]
    [TestCase(true, 8, true, 4, 8, 16, 20)]
    [TestCase(false, 0, false, 0, null, null, 4)]
    [TestCase(false, 0, true, 0, null, 4, 8)]
    [TestCase(false, 4, false, 0, 4, null, 8)]
    [TestCase(false, 4, true, 0, 4, 8, 12)]
    [TestCase(false, 8, false, 0, 4, null, 12)]
    [TestCase(false, 8, true, 0, 4, 12, 16)]
    public void Fields_are_where_QEMU_has_them(
        bool udp, int cookieSize, bool counter, int session, int? cookie, int? counterAt, int length)
    {
        foreach (bool ipv6 in new[] { false, true })
        {
            HeaderLayout layout = HeaderLayout.ForTransmit(PseudowireOptions.Create(udp, ipv6, cookieSize, counter, offset: 7));

            Assert.That(layout.HasUdpFirstWord, Is.EqualTo(udp));
            Assert.That(layout.SessionOffset, Is.EqualTo(session));
            Assert.That(layout.CookieSize == 0 ? null : (int?)layout.CookieOffset, Is.EqualTo(cookie));
            Assert.That(layout.HasCounter ? (int?)layout.CounterOffset : null, Is.EqualTo(counterAt));
            Assert.That(layout.HeaderLength, Is.EqualTo(length + 7));
        }
    }

    // Seen on loopback: sendto of one byte more fails with EMSGSIZE, this many arrive whole.
    [TestCase(true, false, 65507)]
    [TestCase(true, true, 65527)]
    [TestCase(false, false, 65515)]
    [TestCase(false, true, 65535)]
    public void The_longest_datagram_is_what_IP_and_UDP_length_fields_can_tell(bool udp, bool ipv6, int longest)
    {
        Assert.That(HeaderLayout.ForTransmit(PseudowireOptions.Create(udp, ipv6)).MaxDatagramLength, Is.EqualTo(longest));
    }

    [Test]
    public void The_longest_header_has_20_bytes_and_the_offset() =>
        Assert.That(HeaderLayout.ForTransmit(PseudowireOptions.Create(cookie: 8, counter: true, offset: 256)).HeaderLength, Is.EqualTo(276));

    [TestCase(2, 0)]
    [TestCase(0, -1)]
    [TestCase(0, 257)]
    public void Impossible_options_are_our_own_error(int cookieSize, int offset)
    {
        L2tpv3Options options = PseudowireOptions.Create() with { TransmitCookieSize = cookieSize, Offset = offset };

        Assert.That(() => HeaderLayout.ForTransmit(options), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
