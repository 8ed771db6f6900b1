namespace QemuL2tp.Options;

/// <summary>The <c>type</c> of a netdev: ours, one of QEMU's others, or nonsense.</summary>
internal static class NetdevType
{
    private static readonly HashSet<string> s_otherTypes =
    [
        "none", "nic", "user", "tap", "socket", "stream", "dgram", "vde", "bridge", "hubport", "netmap", "vhost-user",
        "vhost-vdpa", "vmnet-host", "vmnet-shared", "vmnet-bridged", "af-xdp", "passt",
    ];

    /// <summary>Throws unless the type is <c>l2tpv3</c>.</summary>
    public static void RequireL2tpv3(string type)
    {
        if (type == "l2tpv3")
            return;
        throw s_otherTypes.Contains(type)
            ? new UserErrorException(
                $"network backend '{type}' is not compiled into this binary",
                $"qemu-l2tp carries l2tpv3 only: give '{type}' to QEMU itself, or name QEMU's end of our connection with --frontend.")
            {
                Option = "type",
                Value = type,
            }
            : OptionErrors.NotAccepted("type", type, "l2tpv3");
    }

    /// <summary>Throws when the text asks for help, which QEMU answers before it misses anything.</summary>
    public static void RejectHelp(string? type)
    {
        if (type is "help" or "?")
        {
            throw new UserErrorException(
                $"Parameter 'type' does not accept value '{type}'", "See qemu-l2tp --help: the only netdev type here is l2tpv3.")
            {
                Option = "type",
                Value = type,
            };
        }
    }
}
