using System.Globalization;

namespace QemuL2tp.Options;

/// <summary>Reads the JSON form of an option as QEMU does, with QEMU's messages (qobject/json-parser.c, json-streamer.c).</summary>
internal sealed class JsonParser
{
    public const int DeepestNesting = 1024;

    private readonly List<JsonToken> _tokens;
    private int _position;

    private JsonParser(List<JsonToken> tokens) => _tokens = tokens;

    /// <summary>Parses text that begins with <c>{</c>.</summary>
    public static OptionTree Parse(string text)
    {
        var tree = (OptionTree)ParseFirst(text, out int end)!;
        if (text.AsSpan(end).ContainsAnyExcept(" \t\r\n"))
            throw new UserErrorException("Expecting at most one JSON value", $"Remove what follows the closing brace: '{text[end..].Trim()}'.");
        return tree;
    }

    /// <summary>Parses the first value of a text, whatever follows it.</summary>
    /// <returns>A value as in <see cref="OptionTree"/>.</returns>
    public static object? ParseFirst(string text, out int end)
    {
        end = 0;
        // All tokens of a value come before its grammar, so a stray character is reported even behind a misplaced comma.
        List<JsonToken> tokens = ReadBalanced(text, ref end);
        return new JsonParser(tokens).ParseValue();
    }

    /// <summary>Where the key of a member begins, in characters; null when there is no such member.</summary>
    /// <param name="text">An object, well formed.</param>
    /// <param name="name">The member's name, behind those of the objects that it is in, with dots between.</param>
    public static int? FindKey(string text, string name)
    {
        Stack<string> prefixes = [];
        JsonToken last = default;
        string member = "";
        for (int position = 0; JsonLexer.Next(text, ref position) is { } token; last = token)
        {
            if (token.Is('{'))
                prefixes.Push(prefixes.Count == 0 ? "" : member + ".");
            else if (token.Is('}'))
                _ = prefixes.TryPop(out _);
            else if (token.Is(':') && last.Kind == JsonTokenKind.String && prefixes.TryPeek(out string? prefix))
            {
                member = prefix + JsonStrings.Unquote(last.Text);
                if (member == name)
                    return text.LastIndexOf(last.Text, position - 1, StringComparison.Ordinal);
            }
        }

        return null;
    }

    internal static UserErrorException Error(string problem) => new(
        $"JSON parse error, {problem}",
        "Write one JSON object such as {\"type\": \"l2tpv3\", \"id\": \"net0\", …}, or QEMU's plain form l2tpv3,id=net0,…");

    private static List<JsonToken> ReadBalanced(string text, ref int position)
    {
        var tokens = new List<JsonToken>();
        int braces = 0, brackets = 0;
        do
        {
            if (JsonLexer.Next(text, ref position) is not { } token)
                break;
            braces += token.Is('{') ? 1 : token.Is('}') ? -1 : 0;
            brackets += token.Is('[') ? 1 : token.Is(']') ? -1 : 0;
            if (braces + brackets > DeepestNesting)
                throw new UserErrorException("JSON nesting depth limit exceeded", "Options of a netdev need one object, or two when it has an address.");
            tokens.Add(token);
        }
        while (braces >= 0 && brackets >= 0 && braces + brackets > 0);
        return tokens;
    }

    private JsonToken Take() => _position < _tokens.Count ? _tokens[_position++] : throw Error("premature EOI");

    private object? ParseValue()
    {
        JsonToken token = Take();
        return token.Kind switch
        {
            JsonTokenKind.String => JsonStrings.Unquote(token.Text),
            JsonTokenKind.Integer => ParseInteger(token.Text),
            JsonTokenKind.Float => double.Parse(token.Text, CultureInfo.InvariantCulture),
            JsonTokenKind.Keyword => ParseKeyword(token.Text),
            _ when token.Is('{') => ParseObject(),
            _ when token.Is('[') => ParseList(),
            _ => throw Error("expecting value"),
        };
    }

    private OptionTree ParseObject()
    {
        var tree = new OptionTree();
        if (_position < _tokens.Count && _tokens[_position].Is('}'))
        {
            _position++;
            return tree;
        }

        for (; ; )
        {
            if (ParseValue() is not string name)
                throw Error("key is not a string in object");
            if (!Take().Is(':'))
                throw Error("missing : in object pair");
            object? value = ParseValue();
            if (tree.TryGet(name, out _))
                throw new UserErrorException("JSON parse error, duplicate key", $"Write '{name}' once.") { Option = name };
            tree.Set(name, value);

            JsonToken separator = Take();
            if (separator.Is('}'))
                return tree;
            if (!separator.Is(','))
                throw Error("expected separator in dict");
        }
    }

    private OptionList ParseList()
    {
        if (_position < _tokens.Count && _tokens[_position].Is(']'))
        {
            _position++;
            return new OptionList([]);
        }

        List<object?> elements = [];
        for (; ; )
        {
            elements.Add(ParseValue());
            JsonToken separator = Take();
            if (separator.Is(']'))
                return new OptionList(elements);
            if (!separator.Is(','))
                throw Error("expected separator in list");
        }
    }

    private static object ParseInteger(string text)
    {
        if (ulong.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out ulong number))
            return number;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long negative))
            return negative;
        return double.Parse(text, CultureInfo.InvariantCulture);
    }

    private static object? ParseKeyword(string text) => text switch
    {
        "true" => true,
        "false" => false,
        "null" => null,
        _ => throw Error($"invalid keyword '{text}'"),
    };
}
