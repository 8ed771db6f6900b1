using QemuL2tp.Cli.Commands;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Documentation;

/// <summary>A key of an option text.</summary>
/// <param name="Name">In full: <c>addr.path</c>.</param>
/// <param name="Help">One line.</param>
/// <param name="Choices">All the values there are; empty when they cannot be listed.</param>
internal sealed record KeyInfo(string Name, string Help, string[] Choices)
{
    /// <summary>The kind that describes a pseudowire; the others are front ends.</summary>
    public const string Pseudowire = "l2tpv3";

    /// <summary>Whether the value is a file name.</summary>
    public bool IsFile => Name.EndsWith("path", StringComparison.Ordinal) || Name.EndsWith("-file", StringComparison.Ordinal);

    /// <summary>Each kind of option text, the word that it begins with, and its keys.</summary>
    public static IReadOnlyDictionary<string, KeyInfo[]> OfKinds { get; } = FrontendParser.Keys
        .Select(kind => KeyValuePair.Create(kind.Key, kind.Value.Select(key => new KeyInfo(key.Key, key.Value, [])).ToArray()))
        .Prepend(new(Pseudowire, [.. L2tpv3OptionTable.Rows.Select(Of)]))
        .ToDictionary();

    /// <summary>The kinds of text that an option takes, as its meta value lists them; empty: it takes something else.</summary>
    public static string[] KindsOf(OptionInfo option) =>
        option.MetaValue.EndsWith(",...", StringComparison.Ordinal) ? [.. option.MetaValue[..^4].Split('|').Where(OfKinds.ContainsKey)] : [];

    private static KeyInfo Of(L2tpv3OptionInfo row) => new(
        row.Name,
        $"{row.Help}{(row.Default is { } value ? $" (default: {value})" : " (required)")}",
        row.Type == L2tpv3OptionType.Boolean ? ["on", "off"] : row.Name == "type" ? [Pseudowire] : []);
}
