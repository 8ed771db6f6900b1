using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>Recognises a command that adds a tunnel or a session, wherever its words stand.</summary>
internal static class L2tpMention
{
    private static readonly string[] s_ids = ["tunnel_id", "peer_tunnel_id", "session_id", "peer_session_id", "tid", "ptid", "sid", "psid"];
    private static readonly string[] s_ifconfig = ["tunnel", "session", "cookie"];

    public static bool IsIn(string text) => IsIn(text.Split([' ', '\t', '\n', '\\', '"', '\''], StringSplitOptions.RemoveEmptyEntries));

    public static bool IsIn(IReadOnlyList<string> words)
    {
        for (int i = 0; i + 2 < words.Count; i++)
        {
            IEnumerable<string> rest = words.Skip(i + 2);
            if (words[i] is "l2tp" or "l2tpv3tun" && Abbreviates(words[i + 1], "add") && rest.Any(s_ids.Contains))
                return true;
            if (words[i].EndsWith("ifconfig", StringComparison.Ordinal) && IfconfigReader.IsL2tp(words[i + 1]) && rest.Any(s_ifconfig.Contains))
                return true;
        }

        return false;
    }

    /// <summary>Whether a function or an alias is given the words of such a command, without the <c>ip l2tp</c> that is in it.</summary>
    public static bool IsWrapped(IReadOnlyList<Word> words)
    {
        for (int i = 0; i + 3 < words.Count; i++)
        {
            bool isAdd = Abbreviates(words[i].Text, "add") && words[i + 1].Text is "tunnel" or "session" && IpL2tpKeywords.Is(words[i + 2].Text);
            IEnumerable<Word> values = words.Skip(i + 3);
            if (isAdd && words.Skip(i + 2).Zip(values).Any(pair => s_ids.Contains(pair.First.Text) && IsValue(pair.Second)))
                return true;
        }

        return false;
    }

    /// <summary>Whether iproute2 takes a word for another one that it begins.</summary>
    public static bool Abbreviates(string word, string whole) => word.Length > 0 && whole.StartsWith(word, StringComparison.Ordinal);

    private static bool IsValue(Word word) => !word.IsKnown || (word.Text.Length > 0 && char.IsAsciiDigit(word.Text[0]));
}
