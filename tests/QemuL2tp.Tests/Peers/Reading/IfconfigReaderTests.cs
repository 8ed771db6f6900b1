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

    [TestCase("create\ntunnel 10.0.0.2 10.0.0.1\nsession 1 2\n!brconfig bridge0 add $int\nup\n", TestName = "the lines of ifconfig.l2tp0")]
    [TestCase("create tunnel 10.0.0.2 10.0.0.1 session 1 2 up", TestName = "all in a line")]
    [TestCase("# ifconfig l2tp0 create\n# ifconfig l2tp0 tunnel 10.0.0.2 10.0.0.1\n# ifconfig l2tp0 session 1 2", TestName = "root's prompt")]
    [TestCase("# ifconfig l2tp0 create; ifconfig l2tp0 tunnel 10.0.0.2 10.0.0.1; ifconfig l2tp0 session 1 2", TestName = "root's prompt once")]
    [TestCase("netbsd# ifconfig l2tp0 create\nnetbsd# ifconfig l2tp0 tunnel 10.0.0.2 10.0.0.1 session 1 2", TestName = "a host's prompt")]
    [TestCase("ifconfig_l2tp0=\"create; tunnel 10.0.0.2 10.0.0.1; session 1 2\"", TestName = "rc.conf")]
    [TestCase("run='atf_check -s exit:0 rump.ifconfig'\nif=l2tp0 here=10.0.0.2\n$run $if tunnel $here 10.0.0.1\n$run $if session 1 2", TestName = "rump.ifconfig by a variable")]
    [TestCase("Here's mine:\nifconfig l2tp0 tunnel 10.0.0.2 10.0.0.1\nifconfig l2tp0 session 1 2\nthat's all", TestName = "prose with apostrophes")]
    [TestCase("case $1 in\nstart) ifconfig l2tp0 create tunnel 10.0.0.2 10.0.0.1 session 1 2 ;;\nstop) ifconfig l2tp0 deletetunnel\nifconfig l2tp0 deletesession;;\nesac", TestName = "a script that stops it too")]
    public void However_it_is_written_it_is_the_same(string text) =>
        Assert.That(Read(text).Select(NetdevWriter.Write), Is.EqualTo(new[] { "l2tpv3,id=l2tp0,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2" }));

    [TestCase("ifconfig l2tp0 ", "create", TestName = "each begins with create")]
    [TestCase("ifconfig l2tp0 ", "", TestName = "none says create")]
    [TestCase("", "create", TestName = "two files of bare lines")]
    [TestCase("", "", TestName = "bare lines without create")]
    public void Both_hosts_in_one_text_are_two_pseudowires(string begin, string create)
    {
        string Host(string tunnel, string session) => $"{(create.Length > 0 ? begin + create : "")}\n{begin}tunnel {tunnel}\n{begin}session {session}\n";
        Assert.That(
            Read(Host("10.0.0.2 10.0.0.1", "1 2") + Host("10.0.0.1 10.0.0.2", "2 1")).Select(options => (options.Source, options.TransmitSession)),
            Is.EqualTo(new[] { ("10.0.0.1", 1u), ("10.0.0.2", 2u) }));
    }

    [Test]
    public void Rump_kernels_and_hosts_are_told_apart([Values("export RUMP_SERVER={0}\nrump.ifconfig ", "RUMP_SERVER=unix://{0} rump.ifconfig ", "ssh root@{0} ifconfig ", "{0}# ifconfig ")] string where)
    {
        string A(string words) => string.Format(System.Globalization.CultureInfo.InvariantCulture, where, "a") + words + "\n";
        string B(string words) => string.Format(System.Globalization.CultureInfo.InvariantCulture, where, "b") + words + "\n";
        string text = A("l2tp0 create") + B("l2tp0 create") + A("l2tp0 tunnel 10.0.0.2 10.0.0.1") + B("l2tp0 tunnel 10.0.0.1 10.0.0.2") + A("l2tp0 session 1 2") + B("l2tp0 session 2 1");
        Assert.That(
            Read(text).Select(options => (options.Source, options.TransmitSession)),
            Is.EqualTo(new[] { ("10.0.0.1", 1u), ("10.0.0.2", 2u) }));
    }

    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2\nifconfig l2tp0 tunnel 10.0.0.1 10.0.0.2", "line 3: l2tp0 has no session", "session LOCAL-ID REMOTE-ID")]
    [TestCase(Tunnel + "session 1 2", "line 2: 'session 1 2' has no 'ifconfig l2tp0' in front", "Write ifconfig l2tp0 in front")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 cokie 4 1 4 2", "line 2: ifconfig has no 'cokie'", "Did you mean cookie?")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2 l2tpcookie 4 1 4 2", "line 2: ifconfig has no 'l2tpcookie'", "Did you mean cookie?")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2\nifconfig l2tp0 setcookie 4 1 4 2", "line 3: ifconfig has no 'setcookie'", "Did you mean cookie?")]
    [TestCase(Tunnel + "ifconfig l2tp0 session 1 2\nifconfig l2pt0 cookie 4 1 4 2", "line 3: ifconfig has 'cookie' for l2tpN only, not for 'l2pt0'", "in place of l2pt0")]
    [TestCase("ifconfig_l2tp0=\"tunnel 10.0.0.2 10.0.0.1 session 1 2\"\nifconfig_l2pt1=\"create session 3 4\"", "line 2: ifconfig has 'session' for l2tpN only, not for 'l2pt1'", "in place of l2pt1")]
    [TestCase("create\ntunnel 10.0.0.2 10.0.0.1\nsession 1 2\ncoockie 4 1 4 2", "line 4: ifconfig has no 'coockie'", "Did you mean cookie?")]
    [TestCase("create\ntunel 10.0.0.2 10.0.0.1\nsession 1 2", "line 2: ifconfig has no 'tunel'", "Did you mean tunnel?")]
    [TestCase("create\ntunnel 10.0.0.2 10.0.0.1\nsesion 1 2", "line 3: ifconfig has no 'sesion'", "Did you mean session?")]
    [TestCase("ifconfig l2tp0 tunnel 10.0.0.2 239.1.1.1 session 1 2", "line 1: '239.1.1.1' is not the address of a host", "in numbers")]
    [TestCase("ifconfig l2tp0 tunel 10.0.0.2 10.0.0.1", "line 1: ifconfig has no 'tunel'", "Did you mean tunnel?")]
    [TestCase(Tunnel + "ifcofnig l2tp0 session 1 2", "line 2: 'ifcofnig' is not understood in front of 'l2tp0'", "Did you mean ifconfig?")]
    [TestCase("ifconfig l2tp0 tunnel 10.0.0.2 session 1 2", "line 1: 'tunnel' has too few values", "tunnel LOCAL-ADDRESS REMOTE-ADDRESS")]
    [TestCase("ifconfig $1 tunnel 10.0.0.2 10.0.0.1 session 1 2", "line 1: 'ifconfig $1': it is known only when the script runs", "such as l2tp0")]
    [TestCase(Tunnel + "ifconfig l2tp0 session $L 2", "line 2: '$L': nothing in this text assigns L", "in place of $L")]
    public void What_is_wrong_is_named(string text, string message, string remedy) => A_mistake_is_named_with_its_line(text, message, remedy);

    [TestCase("description tunnel-to-b")]
    [TestCase("description \"the session to b\"")]
    [TestCase("mtu 1500\nifconfig gif0 tunnel 10.0.0.8 10.0.0.9\nifconfig session0 up")]
    public void What_has_nothing_to_do_with_it_is_passed_over(string words) =>
        Assert.That(Read(Tunnel + "ifconfig l2tp0 session 1 2 " + words).Single().TransmitSession, Is.EqualTo(1));

    [Test]
    public void A_file_that_is_written_is_warned_of()
    {
        List<string> warnings = [];
        _ = PeerConfigReader.Read(Tunnel + "ifconfig l2tp0 session 1 2\ncat > /etc/ifconfig.l2tp1 <<EOF\ncreate\ntunnel 10.0.0.2 10.0.0.3\nsession 3 4\nEOF\n", warnings);
        Assert.That(warnings, Is.EqualTo(new[] { "line 4: commands in the text up to EOF are passed over, for they are not run here" }));
    }

    private static IReadOnlyList<L2tpv3Options> Read(string text) => PeerConfigReader.Read(text, []);
}
