using System.Globalization;
using QemuL2tp.Options;
using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>The words of one <c>ip l2tp add</c>: keywords with a value each in any order, the last repeat wins.</summary>
internal sealed class IpL2tpArguments
{
    private static readonly string[] s_kinds = ["tunnel", "session"];

    private readonly Dictionary<string, Word> _values = [];
    private readonly Word[] _words;

    /// <param name="command">Where the words stand.</param>
    /// <param name="words">Those behind <c>add</c>.</param>
    /// <exception cref="UserErrorException">A word that iproute2 does not know, or one without its value.</exception>
    public IpL2tpArguments(FoundCommand command, Word[] words)
    {
        Command = command;
        _words = words;
        IsTunnel = words.Any(word => word.Text == "tunnel");
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i].Text is "tunnel" or "session")
            {
                IsSession |= words[i].Text == "session";
                continue;
            }

            string keyword = IpL2tpKeywords.Long(words[i].Text);
            if (!words[i].IsKnown || !IpL2tpKeywords.Is(keyword))
                throw Unknown(i);
            if (++i == words.Length || IsMissing(keyword, words.AsSpan(i)))
                throw Error($"'{keyword}' has no value", $"Write {keyword} VALUE.");
            _values[keyword] = words[i];
        }

        IsTunnel = words.Where((word, i) => word.Text == "tunnel" && (i == 0 || words[i - 1].Text != "name")).Any();
        if (IsTunnel == IsSession)
            throw Error("'ip l2tp add' needs one of 'tunnel' and 'session'", "Write ip l2tp add tunnel or ip l2tp add session in front of the rest.");
    }

    public FoundCommand Command { get; }

    public int Line => Command.Line;

    public bool IsTunnel { get; }

    public bool IsSession { get; }

    /// <summary>The words as they are, to compare two commands.</summary>
    public string Text => string.Join(' ', _words);

    public string? Find(string keyword) => FindWord(keyword)?.Text;

    /// <summary>Null when it is not there or not known.</summary>
    public Word? FindWord(string keyword) => _values.TryGetValue(keyword, out Word word) ? word : null;

    /// <summary>One of some words, in small letters; iproute2 takes capital ones too.</summary>
    public string Choice(string keyword, string absent, params string[] words)
    {
        string value = (Find(keyword) ?? absent).ToLowerInvariant();
        return words.Contains(value) ? value : throw Wrong(keyword, "is not understood", $"Write {keyword} {string.Join('|', words)}.");
    }

    /// <summary>A required number from 1 on, as C's strtoul reads it.</summary>
    public uint Number(string keyword, uint most = uint.MaxValue)
    {
        string text = Required(keyword);
        return Numbers.TryParseUInt64(text, out ulong value) && value >= 1 && value <= most
            ? (uint)value
            : throw Wrong(keyword, "is not understood", string.Create(CultureInfo.InvariantCulture, $"Write a number from 1 to {most}, decimal or 0x hexadecimal."));
    }

    public string Address(string keyword) =>
        IPText.TryParseHost(Required(keyword), out string address)
            ? address
            : throw Wrong(keyword, "is not the address of a host", "Write an IPv4 or IPv6 address in numbers.");

    /// <summary>8 or 16 hexadecimal digits, or nothing.</summary>
    /// <returns>Value and length in bytes.</returns>
    public (ulong Value, int Size) Cookie(string keyword)
    {
        if (Find(keyword) is not { } text)
            return (0, 0);
        return text.Length is 8 or 16 && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? (value, text.Length / 2)
            : throw Wrong(keyword, "is not understood", "Write 8 or 16 hexadecimal digits without 0x.");
    }

    /// <summary>An error that says where.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="remedy">What to write instead.</param>
    /// <param name="keyword">The keyword that it is about, if it is about one.</param>
    /// <param name="value">The word behind it.</param>
    public UserErrorException Error(string message, string remedy, string? keyword = null, string? value = null) =>
        new(FormattableString.Invariant($"line {Line}: {message}"), remedy) { Option = keyword, Value = value };

    /// <summary>A keyword where a value belongs. An interface may be called as one, if another keyword follows.</summary>
    private static bool IsMissing(string keyword, ReadOnlySpan<Word> rest)
    {
        string value = rest[0].Text;
        bool isWord = rest[0].IsKnown && (IpL2tpKeywords.Is(value) || value is "tunnel" or "session");
        return isWord && (keyword != "name" || (IpL2tpKeywords.Is(value) && rest.Length > 1 && !IpL2tpKeywords.Is(rest[1].Text)));
    }

    private string Required(string keyword) => Find(keyword) ?? throw Error($"'{keyword}' is missing", $"Add {keyword} VALUE, as iproute2 demands.");

    /// <summary>What is wrong about a value, or why it is not known.</summary>
    private UserErrorException Wrong(string keyword, string message, string remedy) => FindWord(keyword) is { Unknown: { } unknown } word
        ? Error($"'{keyword} {word}': {unknown}", $"Write the value in place of {word}.", keyword, $"{word}")
        : Error($"'{keyword} {Find(keyword)}' {message}", remedy, keyword, Find(keyword));

    private UserErrorException Unknown(int at)
    {
        Word word = _words[at];
        if (!word.IsKnown)
            return Error($"'{word}': {word.Unknown}", $"Write what it stands for in place of {word}.");
        string[] keywords = [.. IpL2tpKeywords.For(word.Text, IsTunnel).Where(keyword => !_words.Any(other => IpL2tpKeywords.Long(other.Text) == keyword))];
        // What iproute2 demands is what was left out.
        if (keywords.Any(keyword => keyword.EndsWith("_id", StringComparison.Ordinal)))
            keywords = [.. keywords.Where(keyword => keyword.EndsWith("_id", StringComparison.Ordinal))];
        if (keywords.Length > 0)
            return Error($"'{word}' has no keyword in front", $"Write {string.Join(" or ", keywords.Select(keyword => $"{keyword} {word}"))}.");
        if (word.Text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && IpL2tpKeywords.Nearest(word.Text[..equals]) is { } before)
            return Error($"iproute2 has no '{word}' for l2tp", $"Write {before} {word.Text[(equals + 1)..]}, with a blank.");
        string? nearest = (at == 0 ? s_kinds.FirstOrDefault(kind => L2tpMention.Abbreviates(word.Text, kind)) : null) ?? IpL2tpKeywords.Nearest(word.Text);
        return Error($"iproute2 has no '{word}' for l2tp", nearest is null ? "Leave it out." : $"Did you mean {nearest}?");
    }
}
