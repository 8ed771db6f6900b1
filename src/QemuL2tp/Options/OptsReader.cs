namespace QemuL2tp.Options;

/// <summary>Reads options of QEMU's older syntax: every value is text, and the last of several wins.</summary>
/// <param name="opts">The tokenized text.</param>
/// <param name="help">All names that make sense here, with their help.</param>
internal sealed class OptsReader(Opts opts, IReadOnlyDictionary<string, string> help) : OptionReader
{
    private readonly HashSet<string> _read = [];

    public override bool Has(string name) => Find(name) is not null;

    public override string ReadString(string name)
    {
        _read.Add(name);
        return Find(name) ?? throw OptionErrors.Missing(name, help, opts.Items.Select(item => item.Name));
    }

    public override bool ReadBoolean(string name)
    {
        string text = ReadString(name);
        return Numbers.TryParseBoolean(text, out bool value) ? value : throw OptionErrors.NotBoolean(name, text);
    }

    public override ulong ReadUInt64(string name)
    {
        string text = ReadString(name);
        return Numbers.TryParseUInt64(text, out ulong value) ? value : throw OptionErrors.NotUInt64(name, text);
    }

    public override string? Written(string name) => Find(name);

    public override void RejectUnread()
    {
        foreach (OptsItem item in opts.Items)
        {
            if (!_read.Contains(item.Name))
                throw OptionErrors.Unknown($"Invalid parameter '{item.Name}'", item.Name, item.Word is null ? item.Value : null, help.Keys);
        }
    }

    private string? Find(string name) => name == "id" ? opts.Id : opts.Last(name);
}
