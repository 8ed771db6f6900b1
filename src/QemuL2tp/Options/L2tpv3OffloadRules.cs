namespace QemuL2tp.Options;

/// <summary>Our own options about the kernel's offloads for UDP.</summary>
internal static class L2tpv3OffloadRules
{
    /// <summary>Adds them.</summary>
    /// <exception cref="UserErrorException">An unknown value, or <c>on</c> without UDP.</exception>
    public static L2tpv3Options Apply(L2tpv3Options options, OptionValues values) => options with
    {
        SendOffload = Switch("x-gso", options, values),
        ReceiveOffload = Switch("x-gro", options, values),
    };

    private static OffloadSwitch Switch(string name, L2tpv3Options options, OptionValues values)
    {
        string word = values.Get(name, "auto");
        OffloadSwitch wanted = word switch
        {
            "auto" => OffloadSwitch.Auto,
            "on" => OffloadSwitch.On,
            "off" => OffloadSwitch.Off,
            _ => throw OptionErrors.NotAccepted(name, word, $"on, {name}=off or {name}=auto"),
        };
        if (wanted == OffloadSwitch.On && !options.Udp)
            throw values.Error(name, $"'{name}=on' needs 'udp=on'", $"The kernel has it for UDP only: add udp=on with srcport and dstport, or leave {name} out.");
        return wanted;
    }
}
