using CommandLine;

namespace QemuL2tp.Cli.PeerConfig;

/// <summary>The options of <c>qemu-l2tp peer-config</c>.</summary>
internal sealed class PeerConfigOptions
{
    public const string Peers = "linux|networkd|netbsd|qemu|uml|vpp|vyos|mikrotik|cisco";

    [Option("netdev", MetaValue = "l2tpv3,...", HelpText = "Our end of the pseudowire, as for qemu-l2tp itself. Repeatable; -netdev is the same.")]
    public IEnumerable<string> Netdevs { get; set; } = [];

    [Option("net", MetaValue = "l2tpv3,...", HelpText = "The same in the text of QEMU's old -net l2tpv3. Repeatable.")]
    public IEnumerable<string> Nets { get; set; } = [];

    [Option("for", MetaValue = Peers, HelpText = "What is at the other end; linux without.")]
    public string? For { get; set; }

    [Option("mtu", MetaValue = "N", HelpText = "The MTU of the network between the two ends; 1500 without. The one inside follows from it.")]
    public int? Mtu { get; set; }

    [Option("name", MetaValue = "NAME", HelpText = "What the interface is to be called at the peer (qemu: the netdev; cisco: the interface that is connected); for a single pseudowire. Without: the id, or a number where the peer wants one.")]
    public string? Name { get; set; }

    [Option("from", MetaValue = "FILE", HelpText = "The other way: read the peer's 'ip l2tp add' commands, or NetBSD's 'ifconfig l2tpN', from FILE, or from standard input where FILE is -, and print our -netdev.")]
    public string? From { get; set; }
}
