using QemuL2tp.Options;
using QemuL2tp.Peers.Reading;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary><c>ip l2tp</c> as people type it.</summary>
public sealed class IpL2tpReaderTests
{
    private const string Tunnel = "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local 10.0.0.2 remote 10.0.0.1";
    private const string Session = "ip l2tp add session tunnel_id 1 session_id 1 peer_session_id 2";
    private const string Ours = "l2tpv3,id=net0,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2,counter=on,pincounter=on";

    /// <summary>QEMU's manual, but for the addresses, which it has mistyped.</summary>
    private const string Manual = """
        # Setup tunnel on linux host using raw ip as encapsulation
        # on 1.2.3.4
        ip l2tp add tunnel remote 4.3.2.1 local 1.2.3.4 tunnel_id 1 peer_tunnel_id 1 \
         encap udp udp_sport 16384 udp_dport 16384
        ip l2tp add session tunnel_id 1 name vmtunnel0 session_id \
         0xFFFFFFFF peer_session_id 0xFFFFFFFF
        ifconfig vmtunnel0 mtu 1500
        ifconfig vmtunnel0 up
        brctl addif br-lan vmtunnel0
        """;

    [Test]
    public void QEMUs_manual_gives_QEMUs_line()
    {
        L2tpv3Options manual = NetdevParser.ParseLegacyNet("l2tpv3,src=4.3.2.1,dst=1.2.3.4,udp,srcport=16384,dstport=16384,rxsession=0xffffffff,txsession=0xffffffff,counter", []);
        Assert.That(Read(Manual).Single(), Is.EqualTo(manual with { Id = "vmtunnel0", PinCounter = true }));
    }

    [TestCase(Tunnel + "\n" + Session, TestName = "plain")]
    [TestCase(Session + "; " + Tunnel, TestName = "the session first, in one line")]
    [TestCase("sudo " + Tunnel + " && sudo -E /usr/sbin/" + Session, TestName = "sudo, a path, joined by &&")]
    [TestCase("ip -6 -n blue l2tp a tunnel remote 10.0.0.1 local 10.0.0.2 ptid 7 tid 9 encap ip\nip netns exec blue ip l2 ad psid 2 sid 1 session tid 9", TestName = "options, a namespace, short names, any order")]
    [TestCase("l2tp add tunnel tunnel_id 0x1 peer_tunnel_id 01 encap ip local 10.0.0.2 remote 10.0.0.1\nl2tp add session tunnel_id 1 session_id 0x1 peer_session_id 2", TestName = "lines for a batch, hexadecimal and octal")]
    [TestCase("modprobe l2tp_eth # an ip l2tp\r\n" + Tunnel + " 2>/dev/null || true\r\n" + Session + " >log 2>&1\r\nip link set l2tpeth0 up\r\n", TestName = "a script: comments, redirections, carriage returns")]
    [TestCase("ip l2tp add \\\n  tunnel 'tunnel_id' \"1\" \\  \n peer_tunnel_id 1 encap ip local 10.0.0.2 rem\\\note 10.0.0.1\n" + Session, TestName = "continued lines and quotes")]
    [TestCase(Tunnel + " encap udp encap ip\n" + Session + " l2spec_type NONE l2spec_type DEFAULT seq NONE", TestName = "the last repeat wins, capital letters")]
    [TestCase("ip l add dummy0 type dummy\nip l2tp del tunnel tunnel_id 1\nip l2tp show session\nip l2tp\nip\nip -4\nip netns exec a\n" + Tunnel + "\n" + Session, TestName = "other commands are passed over")]
    [TestCase(Tunnel + " udp_csum on udp6_csum_tx off udp6_csum_rx off\n" + Session, TestName = "checksums")]
    public void However_it_is_typed_it_is_the_same(string text) =>
        Assert.That(Read(text).Select(NetdevWriter.Write), Is.EqualTo(new[] { Ours }));

    [TestCase("l2spec_type none", "")]
    [TestCase("l2spec_type none seq send", "")]
    [TestCase("seq send", ",counter=on,x-seq=rfc3931")]
    [TestCase("seq recv", ",counter=on,x-seq=rfc3931")]
    [TestCase("l2spec_type default seq both", ",counter=on,x-seq=rfc3931")]
    [TestCase("cookie 11121314 peer_cookie 21222324 l2spec_type none", ",txcookie=0x21222324,rxcookie=0x11121314")]
    [TestCase("cookie 1112131415161718 peer_cookie A1A2A3A4A5A6A7A8 l2spec_type none", ",cookie64=on,txcookie=0xa1a2a3a4a5a6a7a8,rxcookie=0x1112131415161718")]
    [TestCase("cookie 1112131415161718 peer_cookie 21222324 l2spec_type none", ",txcookie=0x21222324,rxcookie=0x1112131415161718,x-txcookie-size=4,x-rxcookie-size=8")]
    [TestCase("peer_cookie 21222324 l2spec_type none", ",txcookie=0x21222324,x-txcookie-size=4,x-rxcookie-size=0")]
    public void Cookies_and_sublayer_are_matched(string session, string ours)
    {
        L2tpv3Options options = Read($"{Tunnel}\n{Session} {session}").Single();
        string expected = "l2tpv3,id=net0,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2" + ours;
        Assert.That(options, Is.EqualTo(NetdevParser.Parse(expected, [])));
    }

    [Test]
    public void Without_encap_it_is_UDP_and_the_address_says_which_IP()
    {
        string text = "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 local fd00::2 remote fd00:0::0001 udp_sport 0x426a udp_dport 17001\n" + Session;
        Assert.That(
            NetdevWriter.Write(Read(text).Single()),
            Is.EqualTo("l2tpv3,id=net0,src=fd00::1,dst=fd00::2,ipv6=on,udp=on,srcport=17001,dstport=17002,txsession=1,rxsession=2,counter=on,pincounter=on"));
    }

    [Test]
    public void Each_session_is_a_pseudowire_with_an_id_of_its_own()
    {
        string text = $"{Tunnel}\n{Session} name vm\n{Session} name vm sid 3\n{Session} name 9x sid 4\n{Tunnel} tid 2 remote 10.0.0.9\n{Session} tid 2 name net1 sid 5";
        Assert.That(
            Read(text).Select(options => (options.Id, options.Source, options.TransmitSession)),
            Is.EqualTo(new[] { ("vm", "10.0.0.1", 1u), ("net0", "10.0.0.1", 3u), ("net2", "10.0.0.1", 4u), ("net1", "10.0.0.9", 5u) }));
    }

    [Test]
    public void An_offset_that_Linux_ignores_is_told()
    {
        List<string> warnings = [];
        PeerConfigReader.Read($"{Tunnel}\n{Session} offset 8 peer_offset 0", warnings);
        Assert.That(warnings, Is.EqualTo(new[] { "line 2: offset 8 is ignored by Linux 4.16 and later: leave it out there" }));
    }

    [TestCase("", "neither 'ip l2tp add session' nor", "as they are typed at the peer")]
    [TestCase(Tunnel, "line 1: tunnel 1 has no session", "ip l2tp add session tunnel_id 1")]
    [TestCase("\n" + Session, "line 2: there is no tunnel with 'tunnel_id 1'", "ip l2tp add tunnel tunnel_id 1")]
    [TestCase(Tunnel + " encap tcp\n" + Session, "line 1: 'encap tcp' is not understood", "encap udp|ip")]
    [TestCase(Tunnel + " encap udp\n" + Session, "line 1: 'udp_sport' is missing", "Add udp_sport")]
    [TestCase(Tunnel + " encap udp udp_sport 1 udp_dport 65536\n" + Session, "line 1: 'udp_dport 65536' is not understood", "from 1 to 65535")]
    [TestCase(Tunnel + " remote host\n" + Session, "line 1: 'remote host' is not the address of a host", "in numbers.")]
    [TestCase(Tunnel + " remote $REMOTE\n" + Session, "line 1: 'remote $REMOTE': nothing in this text assigns REMOTE", "in place of $REMOTE")]
    [TestCase(Tunnel + " local any\n" + Session, "line 1: 'local any' is not the address of a host", "an IPv4 or IPv6 address")]
    [TestCase(Tunnel + " local fd00::2\n" + Session, "line 1: 'local fd00::2' and 'remote 10.0.0.1' are not of one family", "two IPv4 or two IPv6")]
    [TestCase(Tunnel + " peer_tunnel_id 0\n" + Session, "line 1: 'peer_tunnel_id 0' is not understood", "from 1 to 4294967295")]
    [TestCase(Tunnel + "\n" + Session + " session_id 0", "line 2: 'session_id 0' is not understood", "from 1 to")]
    [TestCase(Tunnel + "\n" + Session + " cookie 0x11121314", "line 2: 'cookie 0x11121314' is not understood", "without 0x")]
    [TestCase(Tunnel + "\n" + Session + " peer_cookie 1112131g", "line 2: 'peer_cookie 1112131g' is not understood", "8 or 16 hexadecimal digits")]
    [TestCase(Tunnel + "\n" + Session + " l2spec_type none seq both", "line 2: with 'l2spec_type none' and 'seq both' Linux drops every packet", "Leave out seq")]
    [TestCase(Tunnel + "\n" + Session + " seq", "line 2: 'seq' has no value", "seq VALUE")]
    [TestCase(Tunnel + "\n" + Session + " cookies 1", "line 2: iproute2 has no 'cookies' for l2tp", "Did you mean cookie?")]
    [TestCase(Tunnel + "\n" + Session + " mtu 1500", "line 2: iproute2 has no 'mtu' for l2tp", "Leave it out")]
    [TestCase("ip l2tp add tunnel_id 1", "line 1: 'ip l2tp add' needs one of", "add tunnel or")]
    [TestCase("\n\nip 'l2tp", "line 3: a quote ' has no end", "Close it")]
    public void A_mistake_is_named_with_its_line(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read(text))!;
        Assert.That(error.Problem, Does.StartWith(message).Or.Contain(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }

    private static IReadOnlyList<L2tpv3Options> Read(string text)
    {
        List<string> warnings = [];
        IReadOnlyList<L2tpv3Options> read = PeerConfigReader.Read(text, warnings);
        Assert.That(warnings, Is.Empty);
        return read;
    }
}
