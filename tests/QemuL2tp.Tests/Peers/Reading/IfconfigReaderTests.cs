using QemuL2tp.Options;
using QemuL2tp.Peers.Reading;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>NetBSD's <c>ifconfig</c> as l2tp(4) and people have it.</summary>
public sealed class IfconfigReaderTests
{
    /// <summary>l2tp(4), the second end of its example with cookies.</summary>
    private const string Manual = """
        ifconfig wm0 inet 192.168.0.2/24
        ifconfig l2tp0 create
        ifconfig l2tp0 tunnel 192.168.0.2 192.168.0.1
        ifconfig l2tp0 session 4321 1234
        ifconfig l2tp0 cookie 4 54321 4 12345
        ifconfig bridge0 create
        brconfig bridge0 add wm1
        brconfig bridge0 add l2tp0
        ifconfig l2tp0 up
        ifconfig wm1 up
        ifconfig bridge0 up
        """;

    private const string Tunnel = "ifconfig l2tp0 tunnel 10.0.0.2 10.0.0.1\n";

    [TestCase(Manual)]
    [TestCase("sudo /sbin/ifconfig l2tp0 create tunnel 192.168.0.2 192.168.0.1 session 4321 1234 cookie 4 54321 4 12345 mtu 1500 up")]
    [TestCase("ifconfig l2tp0 tunnel 1.1.1.1 2.2.2.2 session 1 1 deletetunnel deletesession cookie 8 1 8 1 deletecookie\n" + Manual)]
    public void The_manuals_example_gives_the_other_end(string text) => Assert.That(
        Read(text).Select(NetdevWriter.Write),
        Is.EqualTo(new[] { "l2tpv3,id=l2tp0,src=192.168.0.1,dst=192.168.0.2,txsession=4321,rxsession=1234,txcookie=0x0000d431,rxcookie=0x00003039" }));

    [TestCase("cookie 8 1 4 2", ",txcookie=0x0000000000000001,rxcookie=0x00000002,x-txcookie-size=8,x-rxcookie-size=4")]
    [TestCase("cookie 8 9223372036854775807 8 1", ",cookie64=on,txcookie=0x7fffffffffffffff,rxcookie=0x0000000000000001")]
    [TestCase("cookie 4 1 4 4294967298", ",txcookie=0x00000001,rxcookie=0x00000002")]
    [TestCase("", "")]
    [TestCase("cookie 8 1 8 1 deletecookie", "")]
    public void Cookies_have_a_length_for_each_direction(string words, string ours) => Assert.That(
        NetdevWriter.Write(Read($"{Tunnel}ifconfig l2tp0 session 1 2 {words}").Single()),
        Is.EqualTo("l2tpv3,id=l2tp0,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2" + ours));

    [Test]
    public void Several_interfaces_and_those_of_Linux_beside_them()
    {
        string text = Tunnel + "ifconfig l2tp0 session 1 2\nifconfig l2tp1 mtu 1500 up\nifconfig l2tpeth0 up\nifconfig l2tp12 tunnel fd00::2 fd00::1 session 3 4";
        Assert.That(Read(text).Select(options => (options.Id, options.IPv6, options.TransmitSession)), Is.EqualTo(new[] { ("l2tp0", false, 1u), ("l2tp12", true, 3u) }));
    }

    [TestCase(Tunnel, "line 1: l2tp0 has no session", "session LOCAL-ID REMOTE-ID")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 deletesession", "line 2: l2tp0 has no session", "session LOCAL-ID REMOTE-ID")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 deletetunnel", "line 2: l2tp0 has no tunnel", "tunnel LOCAL-ADDRESS REMOTE-ADDRESS")]
    [TestCase("ifconfig l2tp0 session 1 2", "line 1: l2tp0 has no tunnel", "tunnel LOCAL-ADDRESS REMOTE-ADDRESS")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1", "line 2: 'session' has too few values", "session LOCAL-ID REMOTE-ID")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 0x1 2", "line 2: 'session 0x1' is not understood", "decimal only")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 4294967296", "line 2: 'session 4294967296' is not understood", "to 4294967295")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 0", "line 2: 'session 0' is not understood", "from 1 to")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 cookie 4 0x1 4 2", "line 2: 'cookie 0x1' is not understood", "decimal only")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 cookie 8 9223372036854775808 4 2", "line 2: 'cookie 9223372036854775808' is not understood", "9223372036854775807")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 cookie 4 0 4 2", "line 2: 'cookie 0' is not understood", "from 1 to")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 cookie 5 1 4 2", "line 2: a cookie of '5' bytes is not understood", "Write 4 or 8")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 cookie 4 4294967296 4 2", "line 2: a local cookie of 4 bytes never equals 4294967296", "or length 8")]
    [TestCase("ifconfig l2tp0 tunnel host 10.0.0.1", "line 1: 'host' is not the address of a host", "in numbers")]
    [TestCase("ifconfig l2tp0 tunnel 10.0.0.2 fd00::1 session 1 2", "line 1: 'tunnel 10.0.0.2 fd00::1' has two families", "two IPv4 or two IPv6")]
    public void A_mistake_is_named_with_its_line(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read(text))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }

    private static IReadOnlyList<L2tpv3Options> Read(string text) => PeerConfigReader.Read(text, []);
}
