namespace QemuL2tp.Cli.Documentation;

/// <summary>The page of the guide that explains the statistics, in Markdown.</summary>
internal static class NumbersPage
{
    public static IEnumerable<string> Lines =>
    [
        "<!-- Written by `qemu-l2tp generate numbers`. -->",
        "# What the numbers mean",
        "",
        "`kill -USR1` prints the numbers of each pseudowire on stderr, with spaces instead of hyphens and without most of those that are 0. `query-netdev-stats` of the control",
        "socket returns all of them by the names below, one JSON object for each section. A C# program reads the same from `Pseudowire.ReadNumbers()`.",
        "A counter only grows while the pseudowire is open; a gauge is the value now. What is not known, or does not apply, is left out.",
        "Frames in = frames passed on + dropped + waiting.",
        .. Explanations.Numbers.SelectMany(section => Section(section.Name, section)),
        .. Section("Drop reasons", Explanations.DropReasons),
    ];

    private static IEnumerable<string> Section(string heading, ExplanationSection section) =>
    [
        "",
        $"## {heading}",
        "",
        Sentence(section.About),
        "",
        "| Name | Kind | Meaning | What to do |",
        "|---|---|---|---|",
        .. section.Entries.Select(entry => $"| `{entry.Name}` | {entry.Kind} | {Cell(entry.Meaning)} | {Cell(entry.Remedy)} |"),
    ];

    private static string Sentence(string phrase) => $"{char.ToUpperInvariant(phrase[0])}{phrase[1..]}.";

    private static string Cell(string text) => text.Length == 0 ? "–" : text.Replace("|", @"\|", StringComparison.Ordinal);
}
