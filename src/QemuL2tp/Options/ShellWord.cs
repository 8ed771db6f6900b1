namespace QemuL2tp.Options;

/// <summary>Words for a POSIX shell.</summary>
public static class ShellWord
{
    /// <summary>The word in single quotes if it needs them.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_@%+=:,./-".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
