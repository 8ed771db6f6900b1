using QemuL2tp.Peers;

namespace QemuL2tp.Cli.PeerConfig;

/// <summary>What <c>peer-config --help</c> says behind the options.</summary>
internal static class PeerConfigHelp
{
    public static IEnumerable<string> Lines =>
    [
        "",
        "Examples:",
        "  # run it at the other end as it is",
        "  qemu-l2tp peer-config -netdev l2tpv3,id=net0,src=10.0.0.1,dst=10.0.0.2,udp=on,srcport=17001,dstport=17002,\\",
        "txsession=1,rxsession=2,counter=on,pincounter=on | ssh root@10.0.0.2 sh -ex",
        "  # the peer is there already: what do we have to write?",
        "  qemu-l2tp peer-config --from /etc/rc.local",
        "",
        "Peers for --for:",
        .. PeerTable.Rows.Select(row => $"  {row.Name,-16} {row.Help}"),
    ];
}
