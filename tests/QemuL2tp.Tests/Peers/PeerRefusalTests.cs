using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Peers;

/// <summary>What a peer cannot be told: the error has our option, its value and the remedy.</summary>
public sealed class PeerRefusalTests
{
    private const string Ip = "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2";
    private const string Ip6 = "l2tpv3,id=a,src=fd00::1,dst=fd00::2,ipv6=on,txsession=1,rxsession=2,cookie64=on,txcookie=1,rxcookie=2";
    private const string Udp = Ip + ",udp=on,srcport=1701,dstport=1701";

    [TestCase("linux", Ip + ",offset=4", "Linux cannot match 'offset=4'", "leave out offset")]
    [TestCase("linux", Ip + ",txsession=0", "Linux cannot match 'txsession=0'", "from 1 to 4294967295")]
    [TestCase("linux", Ip + ",rxsession=0", "Linux cannot match 'rxsession=0'", "from 1 to 4294967295")]
    [TestCase("linux", Ip + ",src=myhost", "Linux cannot match 'src=myhost'", "write the address")]
    [TestCase("linux", Ip6 + ",dst=fe80::1%eth0", "Linux cannot match 'dst=fe80::1%eth0'", "without one")]
    [TestCase("linux", Udp + ",srcport=l2f", "Linux cannot match 'srcport=l2f'", "write the number")]
    [TestCase("networkd", Ip + ",txcookie=1,rxcookie=2", "systemd-networkd cannot match 'txcookie=0x00000001'", "leave out txcookie and rxcookie")]
    [TestCase("networkd", Ip + ",rxcookie=2,x-txcookie-size=0", "systemd-networkd cannot match 'rxcookie=0x00000002'", "leave out txcookie and rxcookie")]
    [TestCase("networkd", Ip + ",offset=1", "systemd-networkd cannot match 'offset=1'", "leave out offset")]
    [TestCase("networkd", Ip + ",rxsession=0", "systemd-networkd cannot match 'rxsession=0'", "from 1 to")]
    [TestCase("netbsd", Udp, "NetBSD's l2tp(4) cannot match 'udp=on'", "leave out udp, srcport and dstport")]
    [TestCase("netbsd", Ip + ",counter=on", "NetBSD's l2tp(4) cannot match 'counter=on'", "leave out counter")]
    [TestCase("netbsd", Ip + ",offset=256", "NetBSD's l2tp(4) cannot match 'offset=256'", "leave out offset")]
    [TestCase("netbsd", Ip + ",txsession=0,rxsession=1", "NetBSD's l2tp(4) cannot match 'txsession=0'", "from 1 to")]
    [TestCase("netbsd", Ip + ",txcookie=0,rxcookie=1", "NetBSD's l2tp(4) cannot match 'txcookie=0x0'", "choose another one")]
    [TestCase("netbsd", Ip + ",txcookie=0x100000000,rxcookie=1", "NetBSD's l2tp(4) cannot match 'txcookie=0x100000000'", "choose another one")]
    [TestCase("netbsd", Ip + ",cookie64=on,txcookie=1,rxcookie=0x8000000000000000", "NetBSD's l2tp(4) cannot match 'rxcookie=0x8000000000000000'", "up to 0x7fffffffffffffff")]
    [TestCase("netbsd", Ip + ",rxcookie=1,x-txcookie-size=0", "NetBSD's l2tp(4) cannot match 'x-txcookie-size=0'", "give both, or leave both out")]
    [TestCase("qemu", Ip + ",rxcookie=1,x-txcookie-size=0", "QEMU cannot match 'x-txcookie-size=0,x-rxcookie-size=4'", "cookie64=on for 8 bytes")]
    [TestCase("uml", Ip + ",offset=4", "User Mode Linux cannot match 'offset=4'", "leave out offset")]
    [TestCase("uml", Ip + ",txcookie=2,rxcookie=1,x-rxcookie-size=8", "User Mode Linux cannot match 'x-txcookie-size=4,x-rxcookie-size=8'", "one length")]
    [TestCase("vpp", Ip, "VPP cannot match 'src=10.0.0.1'", "add ipv6=on")]
    [TestCase("vpp", Ip6 + ",udp=on,srcport=1,dstport=2", "VPP cannot match 'udp=on'", "leave out udp")]
    [TestCase("vpp", Ip6 + ",x-txcookie-size=4", "VPP cannot match 'x-txcookie-size=4'", "add cookie64=on")]
    [TestCase("vpp", "l2tpv3,id=a,src=fd00::1,dst=fd00::2,ipv6=on,txsession=1", "VPP cannot match 'x-txcookie-size=0'", "txcookie=VALUE")]
    [TestCase("vpp", Ip6 + ",txsession=0", "VPP cannot match 'txsession=0'", "from 1 to")]
    [TestCase("vpp", Ip6 + ",offset=4", "VPP cannot match 'offset=4'", "leave out offset")]
    [TestCase("vyos", Ip, "VyOS cannot match 'counter=off'", "add counter=on,pincounter=on")]
    [TestCase("vyos", Ip + ",counter=on,txsession=0xffffffff", "VyOS cannot match 'txsession=4294967295'", "from 1 to 429496729 ")]
    [TestCase("vyos", Ip + ",counter=on,txcookie=1,rxcookie=2", "VyOS cannot match 'txcookie=0x00000001'", "leave out txcookie and rxcookie")]
    [TestCase("vyos", Ip + ",counter=on,offset=4", "VyOS cannot match 'offset=4'", "leave out offset")]
    [TestCase("mikrotik", Udp + ",srcport=17001", "RouterOS cannot match 'srcport=17001'", "srcport=1701,dstport=1701")]
    [TestCase("mikrotik", Udp + ",dstport=17002", "RouterOS cannot match 'dstport=17002'", "srcport=1701,dstport=1701")]
    [TestCase("mikrotik", Ip + ",rxcookie=1,x-txcookie-size=0", "RouterOS cannot match 'x-txcookie-size=0,x-rxcookie-size=4'", "one length")]
    [TestCase("mikrotik", Ip + ",offset=4", "RouterOS cannot match 'offset=4'", "leave out offset")]
    [TestCase("mikrotik", Ip + ",rxsession=0", "RouterOS cannot match 'rxsession=0'", "from 1 to")]
    [TestCase("cisco", Udp, "Cisco IOS cannot match 'udp=on'", "leave out udp")]
    [TestCase("cisco", Ip6, "Cisco IOS cannot match 'ipv6=on'", "leave out ipv6")]
    [TestCase("cisco", Ip + ",counter=on", "Cisco IOS cannot match 'counter=on'", "add x-seq=rfc3931")]
    [TestCase("cisco", Ip + ",offset=4", "Cisco IOS cannot match 'offset=4'", "leave out offset")]
    [TestCase("cisco", Ip + ",rxsession=0", "Cisco IOS cannot match 'rxsession=0'", "from 1 to")]
    public void A_peer_refuses_what_it_cannot_be_told(string peer, string netdev, string message, string remedy) => ExpectError(peer, netdev, message, remedy);

    [Test]
    public void Every_peer_refuses_what_nothing_matches([Values("linux", "networkd", "netbsd", "qemu", "uml", "vpp", "vyos", "mikrotik", "cisco")] string peer)
    {
        using (Assert.EnterMultipleScope())
        {
            ExpectError(peer, Ip + ",src=0.0.0.0", "no peer can match 'src=0.0.0.0'", "the one that our packets come from");
            ExpectError(peer, Ip + ",src=", "no peer can match 'src='", "the one that our packets come from");
            ExpectError(peer, Ip6 + ",dst=0::0", "no peer can match 'dst=0::0'", "the one that the peer has");
            ExpectError(peer, Ip6 + ",dst=::", "no peer can match 'dst=::'", "the one that the peer has");
            ExpectError(peer, Ip + ",dst=fd00::2", "could not resolve dst, errno = Address family for hostname not supported", "add ipv6=on");
            ExpectError(peer, Ip6 + ",src=10.0.0.1", "could not resolve src, errno = Address family for hostname not supported", "leave out ipv6");
            ExpectError(peer, Udp + ",srcport=0", "no peer can match 'srcport=0'", "from 1 to 65535");
            ExpectError(peer, Ip + ",txcookie=1,rxcookie=0x100000000", "no peer can match 'rxcookie=0x100000000'", "add cookie64=on");
        }
    }

    [Test]
    public void QEMU_refuses_an_id_that_only_JSON_takes() => ExpectError(
        "qemu", """{"type":"l2tpv3","id":"9","src":"10.0.0.1","dst":"10.0.0.2","txsession":1}""", "Parameter 'id' expects an identifier", "'id=9' does not");

    private static void ExpectError(string peer, string netdev, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => PeerLines.Write(peer, netdev))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }
}
