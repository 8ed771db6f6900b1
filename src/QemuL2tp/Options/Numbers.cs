namespace QemuL2tp.Options;

/// <summary>Numbers and booleans as QEMU's option text spells them: C's <c>strtoull</c> with base 0, and eight words.</summary>
internal static class Numbers
{
    /// <summary>Reads decimal, <c>0x</c> hexadecimal or <c>0</c> octal, with leading blanks and <c>+</c> allowed; the whole text must be used.</summary>
    /// <returns>False for anything else, for a minus sign and for more than 64 bits.</returns>
    public static bool TryParseUInt64(string text, out ulong value)
    {
        value = 0;
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart(" \t\n\v\f\r");
        if (rest.StartsWith('+'))
            rest = rest[1..];

        uint radix = 10;
        if (rest.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            radix = 16;
            rest = rest[2..];
        }
        else if (rest.StartsWith('0'))
        {
            radix = 8;
        }

        foreach (char c in rest)
        {
            uint digit = char.IsAsciiHexDigit(c) ? (uint)Convert.ToInt32(c.ToString(), 16) : radix;
            UInt128 next = (UInt128)value * radix + digit;
            if (digit >= radix || next > ulong.MaxValue)
                return false;
            value = (ulong)next;
        }

        return rest.Length > 0;
    }

    /// <summary>As <see cref="TryParseUInt64"/> with one optional minus sign, for QEMU's signed 64-bit integers.</summary>
    public static bool TryParseInt64(string text, out long value)
    {
        value = 0;
        string rest = text.TrimStart(' ', '\t', '\n', '\v', '\f', '\r');
        bool negative = rest.StartsWith('-');
        if (negative && (rest.Length == 1 || !char.IsAsciiDigit(rest[1])))
            return false;
        if (!TryParseUInt64(negative ? rest[1..] : rest, out ulong magnitude) || magnitude > long.MaxValue + (negative ? 1UL : 0))
            return false;
        value = unchecked(negative ? -(long)magnitude : (long)magnitude);
        return true;
    }

    /// <summary>Whether the text is a number that C reads as octal though it looks decimal, such as <c>010</c>.</summary>
    public static bool LooksDecimalButIsOctal(string text)
    {
        string digits = text.TrimStart(' ', '\t', '\n', '\v', '\f', '\r', '+');
        return digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]) && digits.Trim('0').Length > 0;
    }

    /// <summary>Reads <c>on yes true y</c> and <c>off no false n</c>, lower case only.</summary>
    public static bool TryParseBoolean(string text, out bool value)
    {
        value = text is "on" or "yes" or "true" or "y";
        return value || text is "off" or "no" or "false" or "n";
    }
}
