namespace QemuL2tp.Peers.Reading;

/// <summary>Finds <c>ip l2tp</c> in a command, with what people and scripts put around it.</summary>
internal static class IpCommand
{
    private static readonly string[] s_optionsWithValue = ["-n", "-netns", "-f", "-family", "-l", "-loops", "-rc", "-rcvbuf"];

    /// <summary>The words behind <c>l2tp</c>; null when the command is another one.</summary>
    public static string[]? L2tpArguments(IReadOnlyList<string> words)
    {
        // A line for ip -batch has no "ip" in front.
        if (words[0] == "l2tp")
            return [.. words.Skip(1)];

        string[] rest = [.. words.SkipWhile(word => !IsProgram(word, "ip"))];
        int at = 1;
        while (at < rest.Length && rest[at].StartsWith('-'))
            at += s_optionsWithValue.Contains(rest[at]) ? 2 : 1;
        if (at >= rest.Length)
            return null;
        if (rest[at] == "netns")
            return rest.Length > at + 3 ? L2tpArguments(rest[(at + 3)..]) : null;
        // iproute2 takes the beginning of an object's name; "l" alone is "link".
        return rest[at].Length > 1 && Abbreviates(rest[at], "l2tp") ? rest[(at + 1)..] : null;
    }

    /// <summary>Whether iproute2 takes a word for another one that it begins.</summary>
    public static bool Abbreviates(string word, string whole) => word.Length > 0 && whole.StartsWith(word, StringComparison.Ordinal);

    public static bool IsProgram(string word, string name) => word == name || word.EndsWith("/" + name, StringComparison.Ordinal);
}
