namespace QemuL2tp.Cli.Exec;

/// <summary>What the help of <c>exec</c> says besides its options.</summary>
internal static class ExecHelp
{
    public static IEnumerable<string> Lines =>
    [
        "",
        "Examples:",
        "  # the example of QEMU's manual, as it is",
        "  qemu-l2tp exec -- qemu-system-x86_64 linux.img -net nic \\",
        "    -net l2tpv3,src=4.2.3.1,dst=1.2.3.4,udp,srcport=16384,dstport=16384,rxsession=1,txsession=1,counter",
        "  # what would be run",
        "  qemu-l2tp exec --dry-run --frontend vhost-user -- qemu-system-x86_64 -m 1G -netdev l2tpv3,id=net0,...",
        "",
        "Every -netdev, -net and -nic of type l2tpv3 is replaced, all other words stay. This process becomes QEMU.",
        "Exit status: QEMU's own; 1 when the back end could not start, 126 or 127 when QEMU could not.",
    ];
}
