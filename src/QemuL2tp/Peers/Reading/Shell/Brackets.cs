namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>Pairs of brackets around what the shell expands.</summary>
internal static class Brackets
{
    /// <summary>Finds the end of what an opening bracket begins, quotes inside of it taken into account.</summary>
    /// <param name="text">Shell text.</param>
    /// <param name="at">Where <c>(</c> or <c>{</c> stands.</param>
    /// <returns>The place after the closing one; -1 when there is none.</returns>
    public static int End(string text, int at)
    {
        char open = text[at];
        char close = open == '(' ? ')' : '}';
        int depth = 0;
        for (int i = at; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\')
                i++;
            else if (c is '\'' or '"')
                i = EndOfQuote(text, i);
            else if (c == open)
                depth++;
            else if (c == close && --depth == 0)
                return i + 1;
        }

        return -1;
    }

    /// <summary>Where the closing quote stands; where there is none it is an apostrophe.</summary>
    private static int EndOfQuote(string text, int at)
    {
        for (int i = at + 1; i < text.Length; i++)
        {
            if (text[i] == text[at])
                return i;
            if (text[i] == '\\' && text[at] == '"')
                i++;
        }

        return at;
    }
}
