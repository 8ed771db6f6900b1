namespace QemuL2tp.Peers;

/// <summary>All kinds of peers; the first is meant when none is named.</summary>
internal static class PeerTable
{
    public static IReadOnlyList<Peer> Rows { get; } =
    [
        new("linux", "a Linux kernel, by iproute2's ip l2tp", LinuxPeer.Lines),
        new("networkd", "a Linux kernel, by files of systemd-networkd", NetworkdPeer.Lines),
        new("netbsd", "NetBSD's l2tp(4), by ifconfig", NetBsdPeer.Lines),
        new("qemu", "QEMU's own -netdev l2tpv3, or another qemu-l2tp", QemuPeer.Lines),
        new("uml", "User Mode Linux, by its vector transport l2tpv3", UmlPeer.Lines),
        new("vpp", "VPP's l2tp plugin, by its command line", VppPeer.Lines),
        new("vyos", "VyOS, by its configuration commands", VyosPeer.Lines),
        new("mikrotik", "MikroTik RouterOS 7, by its l2tp-ether interface", MikrotikPeer.Lines),
        new("cisco", "a static xconnect of Cisco IOS", CiscoPeer.Lines),
    ];
}
