namespace QemuL2tp.Options;

/// <summary>
/// Understands what QEMU understands after <c>-netdev</c> and <c>-net</c>, for the type <c>l2tpv3</c>: QEMU's older option
/// syntax (util/qemu-option.c, qapi/opts-visitor.c) and, for <c>-netdev</c>, JSON.
/// </summary>
internal static class NetdevParser
{
    /// <summary>Parses the text of <c>-netdev</c>.</summary>
    /// <param name="text">Option text, or a JSON object when it begins with <c>{</c>.</param>
    /// <param name="warnings">
    /// Receives what is accepted but probably not meant, without any prefix; QEMU's hint to a warning follows it after a line
    /// feed. Warnings found before an error stay in the collection, as QEMU prints both.
    /// </param>
    /// <exception cref="UserErrorException">QEMU's message for the first mistake in QEMU's order, and the remedy.</exception>
    public static L2tpv3Options Parse(string text, ICollection<string> warnings)
    {
        var remarks = new List<string>();
        if (text.StartsWith('{'))
            return Parse(JsonParser.Parse(text), warnings);
        var opts = Opts.Parse(text, warnings);
        NetdevType.RejectHelp(opts.Last("type"));
        OptionValues values = ReadAll(new OptsReader(opts, L2tpv3OptionTable.Help));
        L2tpv3Warnings.AddOctal(values, remarks);
        return Finish(values, remarks, warnings);
    }

    /// <summary>Takes the arguments of <c>netdev_add</c>, which are those of the JSON form.</summary>
    /// <inheritdoc cref="Parse(string, ICollection{string})"/>
    internal static L2tpv3Options Parse(OptionTree tree, ICollection<string> warnings)
    {
        var remarks = new List<string>();
        OptionValues values = ReadAll(new TreeReader(tree, isText: false, L2tpv3OptionTable.Help));
        L2tpv3Warnings.AddNegative(values, remarks);
        return Finish(values, remarks, warnings);
    }

    /// <summary>
    /// Parses the text of <c>-net</c> as documented before QEMU 3.0: no <c>id</c> is needed, <c>name</c> stands for it, and
    /// <c>vlan</c> is read and ignored.
    /// </summary>
    /// <param name="text">Option text; there is no JSON form.</param>
    /// <param name="warnings">As in <see cref="Parse"/>.</param>
    /// <param name="defaultId">The id when neither <c>id</c> nor <c>name</c> is given.</param>
    /// <exception cref="UserErrorException">As in <see cref="Parse"/>.</exception>
    public static L2tpv3Options ParseLegacyNet(string text, ICollection<string> warnings, string defaultId = "net0")
    {
        var remarks = new List<string>();
        var opts = Opts.Parse(text, warnings);
        var reader = new OptsReader(opts with { Id = opts.Id ?? opts.Last("name") ?? defaultId }, LegacyNet.Help);
        OptionValues values = ReadAll(reader, () => LegacyNet.Read(reader, remarks));
        L2tpv3Warnings.AddOctal(values, remarks);
        return Finish(values, remarks, warnings);
    }

    /// <summary>The id in a text, whatever else is wrong with the text; null when there is none to be read.</summary>
    internal static string? FindId(string text)
    {
        try
        {
            return !text.StartsWith('{') ? Opts.FindId(text) : JsonParser.Parse(text).TryGet("id", out object? id) ? id as string : null;
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    private static OptionValues ReadAll(OptionReader reader, Action? readMore = null)
    {
        var values = new OptionValues(reader);
        foreach (L2tpv3OptionInfo row in L2tpv3OptionTable.Rows)
        {
            if (!row.IsRequired && !reader.Has(row.Name))
                continue;
            values[row.Name] = row.Type switch
            {
                L2tpv3OptionType.Boolean => reader.ReadBoolean(row.Name),
                L2tpv3OptionType.UInt32 => reader.ReadUInt32(row.Name),
                L2tpv3OptionType.UInt64 => reader.ReadUInt64(row.Name),
                _ => reader.ReadString(row.Name),
            };
            if (row.Name == "type")
                NetdevType.RequireL2tpv3((string)values["type"]);
        }

        readMore?.Invoke();
        reader.RejectUnread();
        return values;
    }

    private static L2tpv3Options Finish(OptionValues values, List<string> remarks, ICollection<string> warnings)
    {
        L2tpv3Options options = L2tpv3Rules.Apply(values);
        L2tpv3Warnings.AddDoubtful(values, options, remarks);
        foreach (string remark in remarks)
            warnings.Add(remark);
        return options;
    }
}
