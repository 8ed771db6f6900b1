using static QemuL2tp.Tests.Peers.Reading.ReadText;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>Text that is no commands: its kind is named, and the commands to give instead.</summary>
public sealed class OtherTextTests
{
    [TestCase("[NetDev]\nName=l2tp-1\nKind=l2tp\n\n[L2TP]\nTunnelId=1\n", "line 3: this is a file of systemd-networkd")]
    [TestCase("[L2TPSession]\nName=a\nSessionId=1\nPeerSessionId=2\n", "line 1: this is a file of systemd-networkd")]
    [TestCase("config interface 'tun'\n\toption proto 'l2tp'\n\toption tunnel_id '1'\n", "line 2: this is OpenWrt's UCI")]
    [TestCase("uci set network.tun.peer_session_id='1'\n", "line 1: this is OpenWrt's UCI")]
    [TestCase("l2tptunnel_vm0=\"remote 10.0.0.1 local 10.0.0.2 tunnel_id 2 peer_tunnel_id 2\"\nl2tpsession_vm0=\"tunnel_id 2 session_id 1 peer_session_id 1\"\n", "line 1: this is netifrc of Gentoo")]
    [TestCase("set interfaces l2tpv3 l2tpeth0 remote 10.0.0.1\n", "line 1: this is configuration of VyOS")]
    [TestCase("vyos@r1# set interfaces l2tpv3 l2tpeth0 remote 10.0.0.1\n", "line 1: this is configuration of VyOS")]
    [TestCase("interfaces {\n    l2tpv3 l2tpeth0 {\n", "line 2: this is configuration of VyOS")]
    [TestCase("/interface/l2tp-ether/add name=a unmanaged-mode=yes\n", "line 1: this is configuration of RouterOS")]
    [TestCase("/interface l2tp-ether\nadd name=a l2tp-proto-version=l2tpv3-udp\n", "line 1: this is configuration of RouterOS")]
    [TestCase("pseudowire-class a\n encapsulation l2tpv3\n", "line 1: this is configuration of Cisco IOS")]
    [TestCase("r1(config-if)# xconnect 10.0.0.1 5 encapsulation l2tpv3 manual pw-class a\n", "line 1: this is configuration of Cisco IOS")]
    [TestCase("vpp# create l2tpv3 tunnel client fd00::1 our fd00::2\n", "line 1: this is VPP's command line")]
    [TestCase("-netdev l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1\n", "line 1: this is an option of QEMU")]
    [TestCase("vec0:transport=l2tpv3,src=10.0.0.1,dst=10.0.0.2\n", "line 1: this is an option of User Mode Linux")]
    [TestCase("Tunnel 1, encap UDP\n  From 10.0.0.2 to 10.0.0.1\n", "line 1: this is what 'ip l2tp show' prints")]
    [TestCase("l2tp0: flags=0x8051 mtu 1500\n\ttunnel inet 10.0.0.2 --> 10.0.0.1\n", "line 1: this is what 'ifconfig' prints")]
    [TestCase("[lac vpn]\nlns = 10.0.0.1\n", "line 1: this is a file of xl2tpd")]
    public void Its_kind_is_named(string text, string message) => ExpectError(text, message, "ip l2tp add tunnel tunnel_id ID");
}
