using System.Globalization;
using QemuL2tp.Options;
using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>Characters that look like those of a command and are not; web pages and word processors put them in.</summary>
internal static class WebCharacters
{
    private static readonly Dictionary<char, string> s_names = new()
    {
        ['\u00a0'] = "a no-break space",
        ['\u00ad'] = "a soft hyphen",
        ['\u200b'] = "a zero-width space",
        ['\u2010'] = "a hyphen",
        ['\u2011'] = "a no-break hyphen",
        ['\u2012'] = "a figure dash",
        ['\u2013'] = "an en dash",
        ['\u2014'] = "an em dash",
        ['\u2018'] = "a curly quote",
        ['\u2019'] = "a curly quote",
        ['\u201c'] = "a curly quote",
        ['\u201d'] = "a curly quote",
        ['\u2026'] = "an ellipsis",
        ['\u202f'] = "a narrow no-break space",
        ['\u2212'] = "a minus sign",
        ['\u2215'] = "a division slash",
        ['\ufeff'] = "a byte order mark",
    };

    /// <summary>Refuses a command for a pseudowire that has one.</summary>
    /// <exception cref="UserErrorException">It has, with the character's name.</exception>
    public static void Check(int line, IReadOnlyList<Word> words)
    {
        string text = string.Join(' ', words.Select(word => word.Text));
        int at = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u007f') < 0 ? -1 : text.ToList().FindIndex(IsOne);
        if (at < 0)
            return;
        string plain = string.Concat(text.Select(Plain));
        string[] plainWords = plain.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!L2tpMention.IsIn(plainWords) && !BareIfconfig.IsIn([.. plainWords.Select(word => new Word(word))]))
            return;
        string code = ((int)text[at]).ToString("X4", CultureInfo.InvariantCulture);
        string name = s_names.GetValueOrDefault(text[at], IsBlank(text[at]) ? "a space" : "a character");
        string context = text[Math.Max(0, at - 12)..Math.Min(text.Length, at + 12)].Trim();
        throw new UserErrorException(
            FormattableString.Invariant($"line {line}: there is {name} (U+{code}) in '{context}', as web pages have it"),
            $"Write {Instead(text[at])} in its place.");
    }

    private static string Instead(char c) => Plain(c) switch
    {
        " " => "an ordinary space",
        "-" => "'-'",
        "'" => "' or \", or nothing,",
        _ => "an ASCII character, or nothing,",
    };

    private static bool IsOne(char c) => c > '\u007f' && (s_names.ContainsKey(c) || IsBlank(c) || char.GetUnicodeCategory(c)
        is UnicodeCategory.DashPunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.Format);

    private static bool IsBlank(char c) => char.GetUnicodeCategory(c) == UnicodeCategory.SpaceSeparator;

    private static string Plain(char c) => !IsOne(c) ? c.ToString() : IsBlank(c) ? " " : char.GetUnicodeCategory(c) switch
    {
        UnicodeCategory.DashPunctuation or UnicodeCategory.MathSymbol => "-",
        UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation => "'",
        _ => "",
    };
}
