namespace QemuL2tp.Integration.Scenarios;

/// <summary>Where qemu-l2tp answers differently from QEMU on purpose: the case, our answer, the reason. Anything else fails.</summary>
internal static class OptionDifferences
{
    private const string HashOrder = "QEMU names one of several unknown options in the order of a hash table; we name the first";
    private const string OtherType = "qemu-l2tp is one back end only; QEMU's own word for a type it does not have is used";
    private const string Old = "QEMU dropped vlan= and name= of -net in 3.0 and later; the documented old form is still taken here";

    /// <summary>Test name to difference.</summary>
    public static IReadOnlyDictionary<string, OptionDifference> ByCase { get; } = new Dictionary<string, OptionDifference>
    {
        ["two_unknown_options"] = new("Invalid parameter 'c'", HashOrder),
        ["json_two_unknown_options"] = new("Parameter 'foo' is unexpected", HashOrder),
        ["ipv6-net"] = new("Invalid parameter 'ipv6-net'", "QEMU rewrites this option of -netdev user for every type and then complains of a name the user never wrote"),
        ["type_of_another_backend"] = new("network backend 'user' is not compiled into this binary", OtherType),
        ["type_of_another_backend_without_its_options"] = new("network backend 'hubport' is not compiled into this binary", OtherType),
        ["type_of_our_front_end"] = new("network backend 'stream' is not compiled into this binary", OtherType),
        ["type_help"] = new("Parameter 'type' does not accept value 'help'", "QEMU lists its types; we have one, and --help tells"),
        ["net_with_vlan"] = new(null, Old),
        ["net_with_name"] = new(null, Old),
        ["json_nul"] = new(
            "JSON parse error, \\u0000 is not a valid Unicode character",
            "QEMU turns it into two bytes no address can contain; for us it would end a C string early"),
    }
        .Concat(OptionCases.OwnDifferences).ToDictionary();
}
