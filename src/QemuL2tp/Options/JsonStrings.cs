using System.Globalization;
using System.Text;

namespace QemuL2tp.Options;

/// <summary>Takes the quotes and escapes off a JSON string as qobject/json-parser.c does.</summary>
internal static class JsonStrings
{
    /// <summary>The text a string token stands for.</summary>
    public static string Unquote(string token)
    {
        var text = new StringBuilder(token.Length);
        for (int i = 1; i < token.Length - 1; i++)
        {
            if (token[i] == '\\')
                text.Append(ReadEscape(token, ref i));
            else if (Rune.TryGetRuneAt(token, i, out Rune rune) && IsCharacter(rune.Value))
            {
                text.Append(rune.ToString());
                i += rune.Utf16SequenceLength - 1;
            }
            else
                throw JsonParser.Error("invalid UTF-8 sequence in string");
        }

        return text.ToString();
    }

    /// <summary>Reads an escape whose backslash is at <paramref name="position"/>, which is left at its last character.</summary>
    private static string ReadEscape(string token, ref int position)
    {
        char c = token[++position];
        return c switch
        {
            '"' or '\'' or '\\' or '/' => c.ToString(),
            'b' => "\b",
            'f' => "\f",
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            'u' => ReadCodePoint(token, ref position),
            _ => throw JsonParser.Error("invalid escape sequence in string"),
        };
    }

    private static string ReadCodePoint(string token, ref int position)
    {
        int start = position - 1;
        int value = ReadHex(token, position + 1);
        position += 4;
        if (value is >= 0xD800 and <= 0xDBFF && position + 2 < token.Length && token[position + 1] == '\\' && token[position + 2] == 'u')
        {
            int low = ReadHex(token, position + 3);
            bool paired = low is >= 0xDC00 and <= 0xDFFF;
            value = paired ? char.ConvertToUtf32((char)value, (char)low) : -1;
            position += paired ? 6 : 0;
        }

        // QEMU keeps U+0000 as two bytes that no resolver or file system understands; a NUL here would cut the text instead.
        if (value == 0 || !Rune.IsValid(value) || !IsCharacter(value))
            throw JsonParser.Error($"{token[start..Math.Min(start + 6, token.Length)]} is not a valid Unicode character");
        return char.ConvertFromUtf32(value);
    }

    private static int ReadHex(string token, int position) =>
        position + 4 <= token.Length
        && int.TryParse(token.AsSpan(position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            ? value
            : -1;

    /// <summary>Whether a code point is not one of Unicode's noncharacters.</summary>
    private static bool IsCharacter(int codePoint) =>
        codePoint is not (>= 0xFDD0 and <= 0xFDEF) && (codePoint & 0xFFFE) != 0xFFFE;
}
