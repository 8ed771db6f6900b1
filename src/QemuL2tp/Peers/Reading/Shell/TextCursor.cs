namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>A place in text, and the number of its line.</summary>
/// <param name="text">With line feeds only.</param>
/// <param name="line">The number of its first line.</param>
internal sealed class TextCursor(string text, int line)
{
    public string Text => text;

    public int At { get; private set; }

    public int Line { get; private set; } = line;

    public bool IsAtEnd => At >= text.Length;

    public char Current => text[At];

    /// <summary>The character in front; a line feed at the start.</summary>
    public char Before => At > 0 ? text[At - 1] : '\n';

    /// <summary>Up to the line feed, which is not part of it.</summary>
    public ReadOnlySpan<char> RestOfLine
    {
        get
        {
            ReadOnlySpan<char> rest = text.AsSpan(At);
            int end = rest.IndexOf('\n');
            return end < 0 ? rest : rest[..end];
        }
    }

    /// <summary>A character further on; NUL beyond the end.</summary>
    public char Ahead(int distance) => At + distance < text.Length ? text[At + distance] : '\0';

    public bool StartsWith(string words) => text.AsSpan(At).StartsWith(words);

    public char Next()
    {
        char c = text[At];
        MoveTo(At + 1);
        return c;
    }

    /// <summary>Moves forward.</summary>
    public void MoveTo(int at)
    {
        Line += text.AsSpan(At, at - At).Count('\n');
        At = at;
    }

    /// <summary>Whether a backslash joins this line and the next; blanks after it are forgiven.</summary>
    /// <param name="end">Where the next line begins.</param>
    public bool IsContinued(out int end)
    {
        end = At + 1;
        if (Current != '\\')
            return false;
        while (end < text.Length && text[end] is ' ' or '\t')
            end++;
        return end < text.Length && text[end++] == '\n';
    }
}
