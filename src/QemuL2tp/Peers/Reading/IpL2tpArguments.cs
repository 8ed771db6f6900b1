using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>The words of one <c>ip l2tp add</c>: keywords with a value each in any order, the last repeat wins.</summary>
internal sealed class IpL2tpArguments
{
    private static readonly Dictionary<string, string> s_otherNames = new()
    {
        ["tid"] = "tunnel_id",
        ["ptid"] = "peer_tunnel_id",
        ["sid"] = "session_id",
        ["psid"] = "peer_session_id",
    };

    private static readonly string[] s_keywords =
    [
        "encap", "name", "remote", "local", "tunnel_id", "peer_tunnel_id", "session_id", "peer_session_id", "udp_sport", "udp_dport",
        "udp_csum", "udp6_csum_tx", "udp6_csum_rx", "offset", "peer_offset", "cookie", "peer_cookie", "l2spec_type", "seq",
    ];

    private readonly Dictionary<string, string> _values = [];

    /// <exception cref="UserErrorException">A word that iproute2 does not know, or one without its value.</exception>
    public IpL2tpArguments(int line, ReadOnlySpan<string> words)
    {
        Line = line;
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] is "tunnel" or "session")
            {
                IsTunnel |= words[i] == "tunnel";
                IsSession |= words[i] == "session";
                continue;
            }

            string keyword = s_otherNames.GetValueOrDefault(words[i], words[i]);
            if (!s_keywords.Contains(keyword))
                throw Unknown(words[i]);
            if (++i == words.Length)
                throw Error($"'{keyword}' has no value", $"Write {keyword} VALUE.");
            _values[keyword] = words[i];
        }

        if (IsTunnel == IsSession)
            throw Error("'ip l2tp add' needs one of 'tunnel' and 'session'", "Write ip l2tp add tunnel or ip l2tp add session in front of the rest.");
    }

    public int Line { get; }

    public bool IsTunnel { get; }

    public bool IsSession { get; }

    public string? Find(string keyword) => _values.GetValueOrDefault(keyword);

    /// <summary>One of some words, in small letters; iproute2 takes capital ones too.</summary>
    public string Word(string keyword, string absent, params string[] words)
    {
        string value = (Find(keyword) ?? absent).ToLowerInvariant();
        return words.Contains(value) ? value : throw Error($"'{keyword} {Find(keyword)}' is not understood", $"Write {keyword} {string.Join('|', words)}.");
    }

    /// <summary>A required number from 1 on, as C's strtoul reads it.</summary>
    public uint Number(string keyword, uint most = uint.MaxValue)
    {
        string text = Required(keyword);
        return Numbers.TryParseUInt64(text, out ulong value) && value >= 1 && value <= most
            ? (uint)value
            : throw Error($"'{keyword} {text}' is not understood", string.Create(CultureInfo.InvariantCulture, $"Write a number from 1 to {most}, decimal or 0x hexadecimal{NoExpansion(text)}."));
    }

    public string Address(string keyword)
    {
        string text = Required(keyword);
        return IPText.TryParseHost(text, out string address)
            ? address
            : throw Error($"'{keyword} {text}' is not the address of a host", $"Write an IPv4 or IPv6 address in numbers{NoExpansion(text)}.");
    }

    /// <summary>8 or 16 hexadecimal digits, or nothing.</summary>
    /// <returns>Value and length in bytes.</returns>
    public (ulong Value, int Size) Cookie(string keyword)
    {
        if (Find(keyword) is not { } text)
            return (0, 0);
        return text.Length is 8 or 16 && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? (value, text.Length / 2)
            : throw Error($"'{keyword} {text}' is not understood", $"Write 8 or 16 hexadecimal digits without 0x{NoExpansion(text)}.");
    }

    /// <summary>An error that says where.</summary>
    public UserErrorException Error(string message, string remedy) => new(FormattableString.Invariant($"line {Line}: {message}"), remedy);

    private string Required(string keyword) => Find(keyword) ?? throw Error($"'{keyword}' is missing", $"Add {keyword} VALUE, as iproute2 demands.");

    private UserErrorException Unknown(string word)
    {
        string? nearest = NearestName.Find(word, s_keywords);
        return Error($"iproute2 has no '{word}' for l2tp", nearest is null ? $"Leave it out; there is: {string.Join(", ", s_keywords)}." : $"Did you mean {nearest}?");
    }

    private static string NoExpansion(string text) => text.Contains('$') ? "; variables are not expanded here" : "";
}
