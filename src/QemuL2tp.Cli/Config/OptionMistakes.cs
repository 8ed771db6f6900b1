using QemuL2tp.Options;

namespace QemuL2tp.Cli.Config;

/// <summary>
/// Finds every mistake in an option text, though the parsers stop at the first, as QEMU does: the option that an error is about is
/// mended, and the text is parsed again. In JSON only the first is found.
/// </summary>
internal static class OptionMistakes
{
    /// <summary>Values of which one is right for every key, for the sake of what else is wrong; null: leave the key out.</summary>
    private static readonly string?[] s_mended = ["off", "1", "/x", null];

    /// <summary>The same for a key that there is not.</summary>
    private static readonly string?[] s_leftOut = [null];

    private const int Most = 32;

    /// <param name="text">The option text.</param>
    /// <param name="parse">Throws <see cref="UserErrorException"/> for the first mistake.</param>
    /// <returns>Each mistake with its place, in characters from the text's beginning.</returns>
    public static List<(int Offset, UserErrorException Error)> Find(string text, Action<string> parse)
    {
        List<(int, UserErrorException)> found = [];
        HashSet<string?> told = [];
        UserErrorException? error = Try(text, parse);
        for (string mended = text; error is not null && found.Count < Most;)
        {
            told.Add(error.Option);
            found.Add((OffsetOf(error.Option, text), error));
            error = text.StartsWith('{') ? null : Mend(ref mended, error, told, parse);
        }

        return found;
    }

    /// <returns>The next mistake, about something else; null when there is none or this one cannot be mended.</returns>
    private static UserErrorException? Mend(ref string text, UserErrorException error, HashSet<string?> told, Action<string> parse)
    {
        if (error.Option is not { } option)
            return null;
        string whole = text;
        string rest = string.Concat(OptsTokenizer.Places(whole, "type").Where(place => !IsOf(place.Item, option)).Select(place => whole[place.Start..place.End]));
        rest = rest.EndsWith(',') || rest.Length == 0 ? rest : rest + ",";
        foreach (string? value in error.IsUnknownOption ? s_leftOut : s_mended)
        {
            string candidate = value is null ? rest : $"{rest}{option}={value}";
            UserErrorException? next = Try(candidate, parse);
            if (next is not null && told.Any(option => IsIn(option, next.Option)))
                continue;
            text = candidate;
            return next;
        }

        return null;
    }

    private static UserErrorException? Try(string text, Action<string> parse)
    {
        try
        {
            parse(text);
            return null;
        }
        catch (UserErrorException e)
        {
            return e;
        }
    }

    /// <summary>The last item of that name counts, as for the parsers; what is missing is missing from the whole text.</summary>
    private static int OffsetOf(string? option, string text) =>
        option is null ? 0
        : text.StartsWith('{') ? JsonParser.FindKey(text, option) ?? 0
        : OptsTokenizer.Places(text, "type").LastOrDefault(place => IsOf(place.Item, option)).Start;

    private static bool IsOf(OptsItem item, string option) => IsIn(item.Name, option) || item.Word == option;

    /// <summary>Whether a name is that of an option or, with dots, of a member of it: an object whose members are wrong is not right either.</summary>
    private static bool IsIn(string? name, string? option) =>
        name == option || (name is not null && option is not null && name.StartsWith(option + ".", StringComparison.Ordinal));
}
