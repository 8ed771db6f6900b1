using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>Lines of NetBSD's <c>/etc/ifconfig.l2tp0</c>: what stands behind <c>ifconfig l2tp0</c> (ifconfig.if(5)).</summary>
internal static class BareIfconfig
{
    /// <summary>The name of the file is not in the file.</summary>
    public const string Name = "l2tp0";

    private static readonly string[] s_first =
        ["create", "tunnel", "session", "cookie", "deletetunnel", "deletesession", "deletecookie", "up", "down", "mtu", "inet", "inet6", "description", "link0"];

    /// <summary>Whether it begins as such a line.</summary>
    public static bool Begins(IReadOnlyList<Word> words) => words.Count > 0 && s_first.Contains(words[0].Text);

    /// <summary>Whether a pseudowire is in it, with values of the right form, so that it can be nothing else.</summary>
    public static bool IsIn(IReadOnlyList<Word> words)
    {
        if (!Begins(words))
            return false;
        for (int i = 0; i + 2 < words.Count; i++)
        {
            if (words[i].Text == "tunnel" && IsAddress(words[i + 1]) && IsAddress(words[i + 2]))
                return true;
            if (words[i].Text == "session" && IsNumber(words[i + 1]) && IsNumber(words[i + 2]))
                return true;
            if (words[i].Text == "cookie" && words[i + 1].Text is "4" or "8" && IsNumber(words[i + 2]))
                return true;
        }

        return false;
    }

    /// <summary>Whether a word that is none of its keywords stands in front of nothing but such values.</summary>
    public static bool IsMisspelt(IReadOnlyList<Word> words) => words.Count > 2 && words.Skip(1).All(word => IsAddress(word) || IsNumber(word));

    /// <summary>Whether one of the lines is such a line.</summary>
    public static bool IsIn(string text) => text.Split('\n').Any(line => IsIn([.. line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(word => new Word(word))]));

    private static bool IsAddress(Word word) => !word.IsKnown || (IPText.TryParse(word.Text, out string address) && address.Length > 0 && word.Text.AsSpan().ContainsAny(".:"));

    private static bool IsNumber(Word word) => !word.IsKnown || (word.Text.Length > 0 && char.IsAsciiDigit(word.Text[0]));
}
