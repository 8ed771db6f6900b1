namespace QemuL2tp.Options;

/// <summary>The two options that <c>-net</c> had and <c>-netdev</c> never had.</summary>
internal static class LegacyNet
{
    /// <summary>Help for the options of <c>-net l2tpv3</c>.</summary>
    public static IReadOnlyDictionary<string, string> Help { get; } = new Dictionary<string, string>(L2tpv3OptionTable.Help)
    {
        ["name"] = "the id under another name",
        ["vlan"] = "number of a hub of old QEMUs; read and ignored",
    };

    /// <summary>Reads <c>name</c> and <c>vlan</c>; the latter adds a remark.</summary>
    public static void Read(OptionReader reader, List<string> remarks)
    {
        if (reader.Has("name"))
        {
            string name = reader.ReadString("name");
            if (!Identifier.IsValid(name))
                throw OptionErrors.NotAnIdentifier("name", name);
        }

        if (!reader.Has("vlan"))
            return;
        uint vlan = reader.ReadUInt32("vlan");
        remarks.Add($"vlan={vlan} is ignored: QEMU 3.0 removed these hubs; leave it out, and join several netdevs with QEMU's -netdev hubport");
    }
}
