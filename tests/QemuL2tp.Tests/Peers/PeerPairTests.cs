using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Peers;

/// <summary>
/// Pairs of configurations that are known to fit, ours and what the peer is told: cookies and sessions have changed sides, the
/// sublayer is the same, the MTU is what the headers leave of 1500.
/// </summary>
public sealed class PeerPairTests
{
    private const string Ends = "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2";
    private const string Ends6 = "l2tpv3,id=a,src=fd00::1,dst=fd00::2,ipv6=on,txsession=1,rxsession=2";
    private const string Udp = ",udp=on,srcport=17001,dstport=17002";
    private const string LinuxUdp = "ip l2tp add tunnel tunnel_id 17002 peer_tunnel_id 17001 encap udp udp_sport 17002 udp_dport 17001 local 10.0.0.2 remote 10.0.0.1";
    private const string LinuxIp = "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 2 encap ip local 10.0.0.2 remote 10.0.0.1";

    [TestCase(Udp + ",counter=on,pincounter=on", LinuxUdp, "l2spec_type default", 1446)]
    [TestCase(Udp, LinuxUdp, "l2spec_type none", 1450)]
    [TestCase(Udp + ",counter=on,rxcookie=0x11121314,txcookie=0x21222324", LinuxUdp, "cookie 11121314 peer_cookie 21222324 l2spec_type default", 1442)]
    [TestCase(",cookie64=on,rxcookie=0x1112131415161718,txcookie=0x2122232425262728", LinuxIp, "cookie 1112131415161718 peer_cookie 2122232425262728 l2spec_type none", 1454)]
    [TestCase(",txcookie=0x1122334455667788,rxcookie=1", LinuxIp, "cookie 00000001 peer_cookie 55667788 l2spec_type none", 1458)]
    [TestCase(",txcookie=1,x-rxcookie-size=0", LinuxIp, "peer_cookie 00000001 l2spec_type none", 1458)]
    [TestCase(",rxcookie=1,x-rxcookie-size=8,x-txcookie-size=0,counter=on", LinuxIp, "cookie 0000000000000001 l2spec_type default", 1450)]
    [TestCase(",counter=on", LinuxIp, "l2spec_type default", 1458)]
    [TestCase(",counter=on,x-seq=rfc3931", LinuxIp, "l2spec_type default seq both", 1458)]
    public void Linux(string ours, string tunnel, string session, int mtu) =>
        Expect("linux", Ends + ours, tunnel, $"ip l2tp add session name a tunnel_id {tunnel.Split(' ')[5]} session_id 1 peer_session_id 2 {session}", $"ip link set dev a mtu {mtu} up");

    [TestCase(Udp + ",counter=on", "encap udp udp_sport 17002 udp_dport 17001", 17002, 17001, "l2spec_type default", 1426)]
    [TestCase(",cookie64=on,rxcookie=0x1112131415161718,txcookie=0x2122232425262728", "encap ip", 1, 2, "cookie 1112131415161718 peer_cookie 2122232425262728 l2spec_type none", 1434)]
    public void Linux_over_IPv6(string ours, string encapsulation, int tunnel, int peerTunnel, string session, int mtu) => Expect(
        "linux",
        Ends6 + ours,
        $"ip l2tp add tunnel tunnel_id {tunnel} peer_tunnel_id {peerTunnel} {encapsulation} local fd00::2 remote fd00::1",
        $"ip l2tp add session name a tunnel_id {tunnel} session_id 1 peer_session_id 2 {session}",
        $"ip link set dev a mtu {mtu} up");

    [Test]
    public void Linux_by_networkd() => Expect(
        "networkd",
        Ends + Udp + ",counter=on",
        "[NetDev]", "Name=l2tp-17002", "Kind=l2tp",
        "[L2TP]", "TunnelId=17002", "PeerTunnelId=17001", "Local=10.0.0.2", "Remote=10.0.0.1", "EncapsulationType=udp", "UDPSourcePort=17002", "UDPDestinationPort=17001",
        "[L2TPSession]", "Name=a", "SessionId=1", "PeerSessionId=2", "Layer2SpecificHeader=default",
        "[Match]", "Name=a", "[Link]", "MTUBytes=1446");

    [Test]
    public void Linux_by_networkd_over_IP_without_sublayer() => Expect(
        "networkd",
        Ends,
        "[NetDev]", "Name=l2tp-1", "Kind=l2tp",
        "[L2TP]", "TunnelId=1", "PeerTunnelId=2", "Local=10.0.0.2", "Remote=10.0.0.1", "EncapsulationType=ip",
        "[L2TPSession]", "Name=a", "SessionId=1", "PeerSessionId=2", "Layer2SpecificHeader=none",
        "[Match]", "Name=a", "[Link]", "MTUBytes=1462");

    [TestCase("", "", 1462)]
    [TestCase(",txcookie=12345,rxcookie=54321", "ifconfig l2tp0 cookie 4 12345 4 54321", 1458)]
    [TestCase(",rxcookie=54321,x-rxcookie-size=8,txcookie=12345,x-txcookie-size=4", "ifconfig l2tp0 cookie 4 12345 8 54321", 1454)]
    [TestCase(",cookie64=on,rxcookie=0x7fffffffffffffff,txcookie=1", "ifconfig l2tp0 cookie 8 1 8 9223372036854775807", 1454)]
    public void NetBSD(string ours, string cookie, int mtu) => Expect(
        "netbsd",
        Ends + ours,
        [
            "ifconfig l2tp0 create",
            "ifconfig l2tp0 tunnel 10.0.0.2 10.0.0.1",
            "ifconfig l2tp0 session 1 2",
            .. cookie.Length > 0 ? [cookie] : Array.Empty<string>(),
            $"ifconfig l2tp0 mtu {mtu}",
            "ifconfig l2tp0 up",
        ]);

    [TestCase(Ends + Udp + ",counter=on", "-netdev l2tpv3,id=a,src=10.0.0.2,dst=10.0.0.1,udp=on,srcport=17002,dstport=17001,txsession=2,rxsession=1,counter=on")]
    [TestCase(Ends + ",counter=on,x-seq=rfc3931,x-reorder-window=64,x-strict-source=off", "-netdev l2tpv3,id=a,src=10.0.0.2,dst=10.0.0.1,txsession=2,rxsession=1,counter=on")]
    [TestCase(Ends6 + ",cookie64=on,txcookie=1,rxcookie=2,offset=8", "-netdev l2tpv3,id=a,src=fd00::2,dst=fd00::1,ipv6=on,txsession=2,rxsession=1,cookie64=on,txcookie=0x0000000000000002,rxcookie=0x0000000000000001,offset=8")]
    [TestCase("l2tpv3,id=a,src=it's,dst=b,txsession=0", @"-netdev 'l2tpv3,id=a,src=b,dst=it'\''s,txsession=0,rxsession=0'")]
    public void QEMU(string ours, string argument) => Expect("qemu", ours, argument);

    [TestCase(Ends + Udp, "vec0:transport=l2tpv3,udp=1,src=10.0.0.2,dst=10.0.0.1,srcport=17002,dstport=17001,rx_session=1,tx_session=2,mtu=1450")]
    [TestCase(Ends + ",txsession=0xffffffff,rxsession=0x80000000,counter=on", "vec0:transport=l2tpv3,src=10.0.0.2,dst=10.0.0.1,rx_session=-1,tx_session=-2147483648,counter=1,mtu=1458")]
    [TestCase(Ends6 + ",cookie64=on,txcookie=1,rxcookie=2,counter=on,pincounter=on", "vec0:transport=l2tpv3,v6=1,src=fd00::2,dst=fd00::1,rx_session=1,tx_session=2,cookie64=1,rx_cookie=0x0000000000000001,tx_cookie=0x0000000000000002,counter=1,pin_counter=1,mtu=1430")]
    [TestCase(Ends + ",txcookie=1,rxcookie=2", "vec0:transport=l2tpv3,src=10.0.0.2,dst=10.0.0.1,rx_session=1,tx_session=2,rx_cookie=0x00000001,tx_cookie=0x00000002,mtu=1458")]
    public void UML(string ours, string argument) => Expect("uml", ours, argument);

    [TestCase("", "")]
    [TestCase(",counter=on,pincounter=on", " l2-sublayer-present")]
    public void VPP(string ours, string sublayer) => Expect(
        "vpp",
        Ends6 + ",cookie64=on,txcookie=0x2122232425262728,rxcookie=0x1112131415161718" + ours,
        "create l2tpv3 tunnel client fd00::1 our fd00::2 local-cookie 2122232425262728 remote-cookie 1112131415161718 local-session-id 1 remote-session-id 2" + sublayer,
        "set interface state l2tpv3_tunnel0 up",
        "set interface ip6 l2tpv3 UPLINK");

    [TestCase(Udp, new[] { "encapsulation udp", "source-port 17002", "destination-port 17001" }, 17002, 17001, 1446)]
    [TestCase("", new[] { "encapsulation ip" }, 1, 2, 1458)]
    public void VyOS(string ours, string[] encapsulation, int tunnel, int peerTunnel, int mtu)
    {
        string[] settings =
        [
            "source-address 10.0.0.2", "remote 10.0.0.1", .. encapsulation, $"tunnel-id {tunnel}", $"peer-tunnel-id {peerTunnel}",
            "session-id 1", "peer-session-id 2", $"mtu {mtu}",
        ];
        Expect("vyos", Ends + ours + ",counter=on", [.. settings.Select(setting => "set interfaces l2tpv3 l2tpeth0 " + setting), "commit", "save"]);
    }

    [TestCase(",udp=on,srcport=1701,dstport=1701,counter=on", "udp", 1701, 1701, "cookie-length=0 use-l2-specific-sublayer=yes mtu=1446")]
    [TestCase(",rxcookie=0x11121314,txcookie=0x21222324", "ip", 1, 2, "cookie-length=4-bytes send-cookie=11121314 peer-cookie=21222324 use-l2-specific-sublayer=no mtu=1458")]
    public void RouterOS(string ours, string version, int tunnel, int peerTunnel, string rest) => Expect(
        "mikrotik",
        Ends + ours,
        $"/interface/l2tp-ether/add name=a unmanaged-mode=yes l2tp-proto-version=l2tpv3-{version} local-address=10.0.0.2 connect-to=10.0.0.1 local-tunnel-id={tunnel} remote-tunnel-id={peerTunnel} local-session-id=1 remote-session-id=2 {rest} disabled=no");

    [TestCase(",txcookie=12345,rxcookie=54321", new string[0], "  l2tp cookie local 4 12345", "  l2tp cookie remote 4 54321")]
    [TestCase(",cookie64=on,txcookie=0x100000002,rxcookie=0x300000004", new string[0], "  l2tp cookie local 8 2 1", "  l2tp cookie remote 8 4 3")]
    [TestCase(",counter=on,x-seq=rfc3931", new[] { " sequencing both" })]
    public void Cisco(string ours, string[] sequencing, params string[] cookies) => Expect(
        "cisco",
        Ends + ours,
        [
            "pseudowire-class L2TPV3-a", " encapsulation l2tpv3", " protocol none", .. sequencing, " ip local interface Loopback0",
            "interface GigabitEthernet0/1", " xconnect 10.0.0.1 1 encapsulation l2tpv3 manual pw-class L2TPV3-a", "  l2tp id 1 2", .. cookies,
        ]);

    private static void Expect(string peer, string ours, params string[] lines) =>
        Assert.That(PeerLines.Effective(PeerLines.Write(peer, ours)), Is.EqualTo(lines));
}
