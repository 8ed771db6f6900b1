using System.Text.RegularExpressions;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Config;

/// <summary>
/// Finds every mistake in an option text, though the parsers stop at the first, as QEMU does: what a message names is
/// mended, and the text is parsed again.
/// </summary>
internal static partial class OptionMistakes
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
        HashSet<string> names = [];
        UserErrorException? error = Try(text, parse);
        for (string mended = text; error is not null && found.Count < Most;)
        {
            string name = NameIn(error, mended);
            names.Add(name);
            found.Add((OffsetOf(name, text), error));
            error = text.StartsWith('{') ? null : Mend(ref mended, name, IsUnknown(error) ? s_leftOut : s_mended, names, parse);
        }

        return found;
    }

    /// <returns>The next mistake, about something else; null when there is none or this one cannot be mended.</returns>
    private static UserErrorException? Mend(ref string text, string name, string?[] values, HashSet<string> told, Action<string> parse)
    {
        if (name.Length == 0)
            return null;
        string whole = text;
        string rest = string.Concat(Items(whole).Where(item => item.Name != name).Select(item => whole.Substring(item.Start, item.Length)));
        rest = rest.EndsWith(',') || rest.Length == 0 ? rest : rest + ",";
        foreach (string? value in values)
        {
            string candidate = value is null ? rest : $"{rest}{name}={value}";
            UserErrorException? next = Try(candidate, parse);
            if (next is not null && told.Contains(NameIn(next, candidate)))
                continue;
            text = candidate;
            return next;
        }

        return null;
    }

    /// <summary>Both option syntaxes of QEMU have their own words for it.</summary>
    private static bool IsUnknown(UserErrorException error) =>
        error.Problem.StartsWith("Invalid parameter '", StringComparison.Ordinal) || error.Problem.EndsWith("is unexpected", StringComparison.Ordinal);

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

    private static int OffsetOf(string name, string text)
    {
        if (name.Length == 0)
            return 0;
        if (text.StartsWith('{'))
            return Math.Max(0, text.IndexOf(name, StringComparison.Ordinal));
        // The last one counts, as for the parsers.
        (string Name, int Start, int Length)[] items = [.. Items(text).Where(item => item.Name == name || item.Name.EndsWith("." + name, StringComparison.Ordinal))];
        return items.Length == 0 ? 0 : items[^1].Start;
    }

    /// <summary>The items of a text with the comma that ends each; the first may leave out its name.</summary>
    private static IEnumerable<(string Name, int Start, int Length)> Items(string text)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            for (end = start; end < text.Length; end++)
            {
                if (text[end] != ',')
                    continue;
                if (end + 1 == text.Length || text[end + 1] != ',')
                    break;
                end++;
            }

            string item = text[start..end];
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            string name = equals >= 0 ? item[..equals] : start == 0 ? "type" : item.StartsWith("no", StringComparison.Ordinal) ? item[2..] : item;
            end = Math.Min(end + 1, text.Length);
            yield return (name, start, end - start);
        }
    }

    /// <summary>What a message is about: a name in quotes, rather one that is in the text; without quotes one that is in the text.</summary>
    private static string NameIn(UserErrorException error, string text)
    {
        string[] names = [.. Items(text).Select(item => item.Name)];
        string[] quoted = [.. QuotedName().Matches(error.Problem).Select(match => match.Groups["name"].Value)];
        return quoted.FirstOrDefault(names.Contains)
            ?? quoted.FirstOrDefault()
            ?? Word().Matches(error.Problem).Select(match => match.Value).FirstOrDefault(names.Contains, "");
    }

    [GeneratedRegex("'(?<name>[a-z][a-z0-9.-]*)'")]
    private static partial Regex QuotedName();

    [GeneratedRegex("[a-z][a-z0-9.-]*")]
    private static partial Regex Word();
}
