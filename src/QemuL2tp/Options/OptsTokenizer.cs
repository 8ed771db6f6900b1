using System.Text;

namespace QemuL2tp.Options;

/// <summary>One comma-separated item of option text in QEMU's older syntax (util/qemu-option.c), unescaped.</summary>
/// <param name="Name">Option name; for a bare <c>noX</c> it is <c>X</c>.</param>
/// <param name="Value">Option value; <c>on</c> or <c>off</c> for a bare word.</param>
/// <param name="Word">The bare word as written, null when the item has a value of its own.</param>
internal readonly record struct OptsItem(string Name, string Value, string? Word);

/// <summary>
/// Cuts option text into items the way QEMU does for <c>-netdev l2tpv3</c>, <c>-netdev socket</c> and <c>-net</c>: the first
/// item may leave out its name, a bare word is a boolean, <c>,,</c> in a value is one comma, a trailing comma is nothing.
/// </summary>
internal static class OptsTokenizer
{
    /// <summary>All items of a text, in order.</summary>
    /// <param name="text">The option text.</param>
    /// <param name="impliedName">Name of the first item when it has none; null makes a bare first word a boolean too.</param>
    public static IEnumerable<OptsItem> Items(string text, string? impliedName) => Places(text, impliedName).Select(place => place.Item);

    /// <summary>All items of a text with their places: where each begins, and where its comma ends.</summary>
    /// <inheritdoc cref="Items"/>
    public static IEnumerable<(OptsItem Item, int Start, int End)> Places(string text, string? impliedName)
    {
        for (int start = 0, end = 0; start < text.Length; start = end)
        {
            yield return (Next(text, ref end, impliedName), start, Math.Min(end, text.Length));
            impliedName = null;
        }
    }

    /// <summary>Doubles commas, as both of QEMU's option syntaxes demand in values.</summary>
    public static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    private static OptsItem Next(string text, ref int position, string? impliedName)
    {
        int end = text.AsSpan(position).IndexOfAny('=', ',');
        end = end < 0 ? text.Length : position + end;
        bool hasValue = end < text.Length && text[end] == '=';
        string name = text[position..end];
        if (hasValue)
        {
            position = end + 1;
            return new OptsItem(name, ReadValue(text, ref position), null);
        }

        if (impliedName is not null)
            return new OptsItem(impliedName, ReadValue(text, ref position), null);

        position = end + 1;
        return name.StartsWith("no", StringComparison.Ordinal)
            ? new OptsItem(name[2..], "off", name)
            : new OptsItem(name, "on", name);
    }

    /// <summary>Reads a value up to a single comma and steps over that comma.</summary>
    internal static string ReadValue(string text, ref int position)
    {
        var value = new StringBuilder();
        for (; position < text.Length; position++)
        {
            if (text[position] == ',' && (++position == text.Length || text[position] != ','))
                break;
            value.Append(text[position]);
        }

        return value.ToString();
    }
}
