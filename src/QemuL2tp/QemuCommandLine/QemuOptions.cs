using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.QemuCommandLine;

/// <summary>Reads the options of a QEMU command line that matter here; everything else is not looked at.</summary>
internal static class QemuOptions
{
    /// <summary>
    /// The members of each value of an option, in the order of the command line: from QEMU's option text or JSON, the last of several
    /// wins, and values are text (JSON's true is <c>on</c>). A value that cannot be read is left out: QEMU will say so.
    /// </summary>
    /// <param name="words">The command line, with or without the program.</param>
    /// <param name="impliedName">The name of a first item without name.</param>
    /// <param name="names">The option's names without dashes; QEMU takes one dash and two.</param>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Values(IReadOnlyList<string> words, string impliedName, params string[] names)
    {
        for (int i = 0; i + 1 < words.Count; i++)
        {
            if (IsOption(words[i], names) && Members(words[++i], impliedName) is { } members)
                yield return members;
        }
    }

    /// <summary>Whether an option that takes no value is on the command line.</summary>
    public static bool Has(IReadOnlyList<string> words, string name) => words.Any(word => IsOption(word, name));

    public static bool IsOption(string word, params string[] names) =>
        word.StartsWith('-') && names.Contains(word[(word.StartsWith("--", StringComparison.Ordinal) ? 2 : 1)..]);

    private static Dictionary<string, string>? Members(string text, string impliedName)
    {
        Dictionary<string, string> members = [];
        if (!text.StartsWith('{'))
        {
            foreach (OptsItem item in OptsTokenizer.Items(text, impliedName))
                members[item.Name] = item.Value;
            return members;
        }

        if (TryParseJson(text) is not { } tree)
            return null;
        foreach (string name in tree.Names)
        {
            if (tree.TryGet(name, out object? value))
                members[name] = value is bool flag ? flag ? "on" : "off" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        return members;
    }

    public static OptionTree? TryParseJson(string text)
    {
        try
        {
            return JsonParser.Parse(text);
        }
        catch (UserErrorException)
        {
            return null;
        }
    }
}
