using System.Globalization;

namespace QemuL2tp.Options;

/// <summary>
/// Port texts as glibc's getaddrinfo understands them, which QEMU leaves them to: what C's <c>strtoul</c> reads completely in
/// base 10 is a number of which 16 bits are kept, unless it is negative as a 32-bit integer; anything else names a service.
/// </summary>
internal static class UdpPort
{
    /// <summary>A number as plain decimal from 0 to 65535; a service name as it is.</summary>
    public static string Normalise(string text) =>
        TryParse(text, out ushort port, out _) ? port.ToString(CultureInfo.InvariantCulture) : text;

    /// <summary>Reads a number.</summary>
    /// <param name="text">The port as given; empty is 0.</param>
    /// <param name="port">Its low 16 bits.</param>
    /// <param name="isInRange">Whether these are all of it.</param>
    /// <returns>False when the text is a service name.</returns>
    public static bool TryParse(string text, out ushort port, out bool isInRange)
    {
        port = 0;
        isInRange = true;
        ReadOnlySpan<char> digits = text.AsSpan().TrimStart(" \t\n\v\f\r");
        bool negative = digits.StartsWith('-');
        if (negative || digits.StartsWith('+'))
            digits = digits[1..];
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
            return text.Length == 0;

        // strtoul takes the negative of an unsigned number modulo 2^64, and the largest number for what does not fit.
        bool fits = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        if (!fits)
            number = ulong.MaxValue;
        else if (negative)
            number = unchecked(0 - number);
        if (unchecked((int)number) < 0)
            return false;
        port = unchecked((ushort)number);
        isInRange = number <= ushort.MaxValue;
        return true;
    }
}
