using QemuL2tp.Options;
using QemuL2tp.Peers;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Peers;

/// <summary>Notes for a person stand in the peer's own comments, so that everything can be pasted.</summary>
public sealed class PeerNoteTests
{
    private const string Ip = "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2";
    private const string Vpp = "l2tpv3,id=a,src=fd00::1,dst=fd00::2,ipv6=on,txsession=1,cookie64=on,txcookie=1,rxcookie=2,counter=on";

    [TestCase("linux", Ip, @"^# .*\bMTU 1462 keeps the packets outside within 1500 bytes:")]
    [TestCase("linux", Ip, "^# .*session ID of its own")]
    [TestCase("linux", Ip + ",udp=on,srcport=17001,dstport=2", "^# .*from 10.0.0.1 port 17001 exactly, no NAT")]
    [TestCase("linux", Ip, "^# to put it on a bridge: ip link set dev a master BRIDGE$")]
    [TestCase("netbsd", Ip, "^# to put it on a bridge: brconfig BRIDGE add l2tp0$")]
    [TestCase("vyos", Ip + ",counter=on", "^# VyOS 1.3 or later, .*older ones have local-ip")]
    [TestCase("networkd", Ip, "^# /etc/systemd/network/25-a.netdev$")]
    [TestCase("networkd", Ip + ",counter=on,x-seq=rfc3931", "^# .*Linux sends them as soon as")]
    [TestCase("netbsd", Ip, "^# .*MTU 1462 keeps")]
    [TestCase("qemu", Ip + ",counter=on,x-seq=rfc3931", "^# QEMU ignores our sequence numbers")]
    [TestCase("uml", Ip, "^# .*does not clear what is not given")]
    [TestCase("vpp", Vpp, @"^comment \{ .*UPLINK: its interface toward fd00::1 \}$")]
    [TestCase("vpp", Vpp + ",x-seq=rfc3931", @"^comment \{ it ignores our sequence numbers")]
    [TestCase("vyos", Ip + ",counter=on,x-seq=rfc3931", "^# VyOS has no word for sequence numbers")]
    [TestCase("mikrotik", Ip + ",counter=on,x-seq=rfc3931", "^# RouterOS has no property for sequence numbers")]
    [TestCase("cisco", Ip + ",cookie64=on,txcookie=1,rxcookie=2", "^! a cookie of 8 bytes is two numbers, the low one first$")]
    public void A_trap_is_named(string peer, string netdev, string note) =>
        Assert.That(PeerLines.Write(peer, netdev), Has.Some.Match(note));

    [TestCase(2088, false)]
    [TestCase(2089, true)]
    public void Frames_that_old_QEMUs_cut_are_named(int outerMtu, bool isNamed)
    {
        var request = new PeerRequest(NetdevParser.Parse(Ip + ",udp=on,srcport=1,dstport=2,counter=on,txsession=1", [])) { OuterMtu = outerMtu };
        Assert.That(PeerLines.Write("qemu", request).Any(line => line.StartsWith("# QEMU before 8.0 cuts", StringComparison.Ordinal)), Is.EqualTo(isNamed));
    }
}
