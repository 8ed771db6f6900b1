namespace QemuL2tp.Options;

/// <summary>Words of a POSIX shell.</summary>
internal static class ShellWord
{
    /// <summary>A word that the shell reads as this text; in quotes where it needs them.</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "_@%+=:,./-".Contains(c, StringComparison.Ordinal))
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
