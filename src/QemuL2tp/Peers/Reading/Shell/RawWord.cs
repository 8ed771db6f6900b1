namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>A word of shell text, not expanded yet.</summary>
internal sealed record RawWord(IReadOnlyList<WordPart> Parts)
{
    /// <summary>As it is written, but for its quotes.</summary>
    public string Source => string.Concat(Parts.Select(part => part.Text));

    /// <summary>Its text where nothing of it is quoted or expanded; the shell's own words are such.</summary>
    public string? Bare => Parts is [{ Kind: PartKind.Literal, IsQuoted: false } only] ? only.Text : null;

    /// <summary>Takes <c>NAME=VALUE</c> or <c>NAME+=VALUE</c> apart.</summary>
    public bool IsAssignment(out string name, out RawWord value, out bool isAppended)
    {
        (name, value, isAppended) = ("", this, false);
        if (Parts.Count == 0 || Parts[0] is not { Kind: PartKind.Literal, IsQuoted: false } first || first.Text.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var equals))
            return false;
        isAppended = first.Text[equals - 1] == '+';
        name = first.Text[..(isAppended ? equals - 1 : equals)];
        string remains = first.Text[(equals + 1)..];
        value = new RawWord([.. remains.Length > 0 ? [first with { Text = remains }] : Array.Empty<WordPart>(), .. Parts.Skip(1)]);
        return IsName(name);
    }

    public static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
