using QemuL2tp.Cli.Documentation;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>What the help of the back end says besides its options.</summary>
internal static class RunHelp
{
    /// <summary>Command lines, each below a line that says what it is for. A blank in front of a second line would be one in the option text.</summary>
    public static string[] Examples { get; } =
    [
        "  # QEMU's own manual example: a VM on the pseudowire of a Linux host (ip l2tp, encap udp)",
        "  qemu-l2tp -netdev l2tpv3,id=net0,src=10.0.0.1,dst=10.0.0.2,udp=on,srcport=16384,dstport=16384,\\",
        "rxsession=0xffffffff,txsession=0xffffffff,counter=on",
        "  # the same, with a socket of your choice; then start QEMU with the line that is printed",
        "  qemu-l2tp -netdev l2tpv3,... --frontend stream,server=on,addr.type=unix,addr.path=/run/vm.sock",
        "  # QEMU listens (-netdev stream,server=on,...), we connect and reconnect",
        "  qemu-l2tp -netdev l2tpv3,... --frontend stream,server=off,addr.type=unix,addr.path=/run/vm.sock",
        "  # vhost-user, through memory shared with QEMU: faster; --socket-path /run/vm.sock is short for it",
        "  qemu-l2tp -netdev l2tpv3,... --frontend vhost-user,path=/run/vm.sock",
        "  # IP encapsulation (protocol 115, needs CAP_NET_RAW), IPv6, 8-byte cookies",
        "  qemu-l2tp -netdev l2tpv3,id=net0,src=fd00::1,dst=fd00::2,ipv6=on,txsession=1,rxsession=2,cookie64=on,\\",
        "rxcookie=0x1112131415161718,txcookie=0x2122232425262728",
    ];

    public static IEnumerable<string> Lines =>
    [
        "",
        "Examples:",
        .. Examples,
        "",
        "SIGUSR1 prints statistics on stderr; SIGTERM and SIGINT end cleanly, SIGHUP too without --config.",
        "",
        "Keys of -netdev l2tpv3:",
        .. L2tpv3OptionTable.Rows.Select(Describe),
        "",
        "Keys of --frontend vhost-user (those of socket are QEMU's, those of stream and dgram too, and x-poll-us):",
        .. FrontendParser.Keys["vhost-user"].Select(Describe),
        "",
        "Numbers of SIGUSR1 and query-netdev-stats:",
        .. Explanations.Numbers.SelectMany(section => section.Entries.Select(entry => $"  {section.Name} {entry.Name}: {entry.Text}")),
        "",
        "Reasons to drop a frame:",
        .. Explanations.DropReasons.Entries.Select(entry => $"  {entry.Name,-21} {entry.Text}"),
    ];

    private static string Describe(L2tpv3OptionInfo row) =>
        $"  {row.Name,-16} {row.Help}{(row.Default is { } value ? $" (default: {value})" : " (required)")}";

    private static string Describe(KeyValuePair<string, string> key) => $"  {key.Key,-16} {key.Value}";
}
