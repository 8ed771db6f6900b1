using System.Text;

namespace QemuL2tp.Peers.Reading;

/// <summary>Commands behind root's prompt <c># </c>, which a shell would take for comments.</summary>
internal static class PromptLines
{
    /// <summary>The text with such prompts taken away from lines that have a command for a pseudowire or assign a variable.</summary>
    /// <param name="text">With comments, or commands that look like some.</param>
    /// <param name="first">The number of the first such line with a command; 0 when there is none.</param>
    public static string Strip(string text, out int first)
    {
        first = 0;
        var stripped = new StringBuilder();
        int number = 0;
        bool isContinued = false;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            int hash = Comment(line);
            string before = hash < 0 ? line : line[..hash].Trim();
            string after = hash < 0 ? "" : line[(hash + 1)..].TrimStart('#', ' ', '\t');
            bool isCommand = IsCommand(after) && before.Count(c => c == ' ') <= 1;
            bool isAssignment = before.Length == 0 && after.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals && Shell.RawWord.IsName(after[..equals]);
            bool isRest = isContinued && before.Length == 0 && hash >= 0;
            if (hash >= 0 && (isCommand || isAssignment || isRest))
            {
                first = first == 0 && isCommand ? number : first;
                // A host's name remains a prompt.
                stripped.Append(before.Length == 0 ? "" : before.Replace(" ", "", StringComparison.Ordinal) + "# ").Append(after);
                isContinued = after.EndsWith('\\');
            }
            else
            {
                stripped.Append(line);
                isContinued = false;
            }

            stripped.Append('\n');
        }

        return stripped.ToString();
    }

    /// <summary>Where a shell sees a comment begin: not inside of a word such as <c>root@a:~#</c>; -1 where it sees none.</summary>
    private static int Comment(string line)
    {
        int hash = line.IndexOf('#', StringComparison.Ordinal);
        while (hash > 0 && line[hash - 1] is not (' ' or '\t'))
            hash = line.IndexOf('#', hash + 1);
        return hash;
    }

    private static bool IsCommand(string text)
    {
        string[] words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i + 1 < words.Length; i++)
        {
            bool isAdd = words[i] is "l2tp" or "l2tpv3tun" && L2tpMention.Abbreviates(words[i + 1], "add") && words.Skip(i + 2).Any(word => word is "tunnel" or "session");
            if (isAdd || (words[i].EndsWith("ifconfig", StringComparison.Ordinal) && IfconfigReader.IsL2tp(words[i + 1])))
                return true;
        }

        return false;
    }
}
