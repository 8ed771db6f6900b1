using QemuL2tp.Options;
using QemuL2tp.Peers;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Peers;

/// <summary>MTU arithmetic, held against what Linux 6.1 gives its own l2tp interfaces on a path of 1500 bytes.</summary>
public sealed class InnerMtuTests
{
    [TestCase(true, false, true, 0, 1446)]
    [TestCase(true, false, true, 4, 1442)]
    [TestCase(true, false, true, 8, 1438)]
    [TestCase(true, false, false, 0, 1450)]
    [TestCase(true, false, false, 8, 1442)]
    [TestCase(false, false, true, 0, 1458)]
    [TestCase(false, false, false, 8, 1454)]
    [TestCase(true, true, true, 0, 1426)]
    [TestCase(false, true, true, 0, 1438)]
    [TestCase(false, true, false, 0, 1442)]
    public void It_is_Linuxs(bool udp, bool ipv6, bool counter, int cookie, int mtu) =>
        Assert.That(InnerMtu.Of(new PeerRequest(PseudowireOptions.Create(udp, ipv6, cookie, counter))), Is.EqualTo(mtu));

    [TestCase(1554, 0, 1500)]
    [TestCase(9000, 0, 8946)]
    [TestCase(9000, 256, 8690)]
    [TestCase(122, 0, 68)]
    public void It_follows_the_outer_MTU_and_the_offset(int outer, int offset, int mtu) =>
        Assert.That(InnerMtu.Of(new PeerRequest(PseudowireOptions.Create(counter: true, offset: offset)) { OuterMtu = outer }), Is.EqualTo(mtu));

    [Test]
    public void The_longer_cookie_counts()
    {
        L2tpv3Options options = PseudowireOptions.Create(cookie: 4) with { ReceiveCookieSize = 8 };
        Assert.That(InnerMtu.Of(new PeerRequest(options)), Is.EqualTo(1442));
        Assert.That(InnerMtu.Of(new PeerRequest(FarEnd.Of(options))), Is.EqualTo(1442));
    }

    [Test]
    public void Too_small_an_outer_MTU_is_the_users_error()
    {
        var request = new PeerRequest(PseudowireOptions.Create(counter: true)) { OuterMtu = 121 };
        UserErrorException error = Assert.Throws<UserErrorException>(() => InnerMtu.Of(request))!;
        Assert.That(error.Problem, Is.EqualTo("'--mtu 121' is too small"));
        Assert.That(error.Remedy, Does.Contain("write a number of 122 or more"));
    }

    [TestCase(1300, 1280)]
    [TestCase(9000, 8192)]
    [TestCase(1500, 1462)]
    public void NetBSD_takes_no_less_and_no_more_than_it_can(int outer, int mtu)
    {
        var request = new PeerRequest(PseudowireOptions.Create(udp: false)) { OuterMtu = outer };
        Assert.That(PeerLines.Write("netbsd", request), Has.One.EqualTo($"ifconfig l2tp0 mtu {mtu}"));
    }
}
