namespace QemuL2tp.Options;

internal enum JsonTokenKind
{
    /// <summary>One of <c>{ } [ ] , :</c>.</summary>
    Punctuation,

    /// <summary>Text in double or single quotes, quotes included, escapes untouched.</summary>
    String,
    Integer,
    Float,

    /// <summary>A run of lower-case letters.</summary>
    Keyword,
}

internal readonly record struct JsonToken(JsonTokenKind Kind, string Text)
{
    public bool Is(char punctuation) => Kind == JsonTokenKind.Punctuation && Text[0] == punctuation;
}

/// <summary>
/// Cuts text into tokens of QEMU's JSON dialect (qobject/json-lexer.c): RFC 8259 plus single-quoted strings. System.Text.Json's
/// reader is not used because it knows no single quotes and because its error positions cannot give QEMU's "stray" text.
/// </summary>
internal static class JsonLexer
{
    /// <summary>Steps over blanks and reads one token; null at the end of the text.</summary>
    /// <exception cref="UserErrorException">A character fits nowhere; the message shows the token read so far with it.</exception>
    public static JsonToken? Next(string text, ref int position)
    {
        while (position < text.Length && text[position] is ' ' or '\t' or '\r' or '\n')
            position++;
        if (position == text.Length)
            return null;

        int start = position;
        char first = text[position++];
        JsonTokenKind kind = first switch
        {
            '{' or '}' or '[' or ']' or ',' or ':' => JsonTokenKind.Punctuation,
            '"' or '\'' => SkipString(text, ref position),
            '-' or (>= '0' and <= '9') => SkipNumber(text, start, ref position),
            >= 'a' and <= 'z' => SkipKeyword(text, ref position),
            _ => throw Stray(text, start, position),
        };
        return new JsonToken(kind, text[start..position]);
    }

    private static JsonTokenKind SkipString(string text, ref int position)
    {
        int start = position - 1;
        for (; position < text.Length; position++)
        {
            char c = text[position];
            if (c == '\\' && position + 1 < text.Length)
                c = text[++position];
            else if (c == text[start])
            {
                position++;
                return JsonTokenKind.String;
            }

            if (c < ' ')
                throw Stray(text, start, position + 1);
        }

        throw Stray(text, start, position);
    }

    private static JsonTokenKind SkipNumber(string text, int start, ref int position)
    {
        position = start;
        JsonTokenKind kind = JsonTokenKind.Integer;
        if (text[position] == '-')
            position++;
        if (Peek(text, position) == '0' && char.IsAsciiDigit(Peek(text, position + 1)))
            throw Stray(text, start, position + 2);
        // QEMU's lexer knows no exponent directly after a zero.
        bool isZero = Peek(text, position) == '0';
        SkipDigits(text, start, ref position);
        if (isZero && Peek(text, position) != '.')
            return kind;

        if (Peek(text, position) == '.')
        {
            kind = JsonTokenKind.Float;
            position++;
            SkipDigits(text, start, ref position);
        }

        if (Peek(text, position) is 'e' or 'E')
        {
            kind = JsonTokenKind.Float;
            position++;
            if (Peek(text, position) is '+' or '-')
                position++;
            SkipDigits(text, start, ref position);
        }

        return kind;
    }

    private static void SkipDigits(string text, int start, ref int position)
    {
        if (!char.IsAsciiDigit(Peek(text, position)))
            throw Stray(text, start, Math.Min(position + 1, text.Length));
        while (char.IsAsciiDigit(Peek(text, position)))
            position++;
    }

    private static JsonTokenKind SkipKeyword(string text, ref int position)
    {
        while (char.IsAsciiLetterLower(Peek(text, position)))
            position++;
        return JsonTokenKind.Keyword;
    }

    private static char Peek(string text, int position) => position < text.Length ? text[position] : '\0';

    private static UserErrorException Stray(string text, int start, int end) =>
        JsonParser.Error($"stray '{text[start..end]}'");
}
