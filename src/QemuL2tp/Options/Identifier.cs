namespace QemuL2tp.Options;

/// <summary>QEMU's rule for <c>id</c>: a letter first, then letters, digits, <c>-</c>, <c>.</c>, <c>_</c>.</summary>
internal static class Identifier
{
    public static bool IsValid(string id)
    {
        if (id.Length == 0 || !char.IsAsciiLetter(id[0]))
            return false;
        foreach (char c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
                return false;
        }

        return true;
    }
}
