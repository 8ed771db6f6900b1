using System.Text;
using QemuL2tp.Forwarding;
using QemuL2tp.Hosting.Statistics;

namespace QemuL2tp.Cli.Documentation;

/// <summary>What one number, state word or drop reason means.</summary>
/// <param name="Name">As in <c>query-netdev-stats</c>; of a state word <c>state=word</c>.</param>
/// <param name="Kind">Counter or gauge with its unit, state, word, or reason.</param>
/// <param name="Meaning">A phrase without a full stop.</param>
/// <param name="Remedy">What to do about it; empty: nothing.</param>
internal sealed record Explanation(string Name, string Kind, string Meaning, string Remedy)
{
    /// <summary>What it means and what to do, in one line.</summary>
    public string Text => Remedy.Length == 0 ? Meaning : $"{Meaning}; {Remedy}";
}

/// <summary>Explanations that belong together.</summary>
/// <param name="Name">The object of <c>query-netdev-stats</c>.</param>
/// <param name="About">What they are about.</param>
/// <param name="Entries">One for each number and each word.</param>
internal sealed record ExplanationSection(string Name, string About, IReadOnlyList<Explanation> Entries);

/// <summary>Everything that the statistics can say, explained. Help, manual page and qemu-scripts/guide/numbers.md show it.</summary>
internal static class Explanations
{
    /// <summary>The numbers, by group.</summary>
    public static IReadOnlyList<ExplanationSection> Numbers { get; } =
        [.. Snapshot.Groups.Select(group => new ExplanationSection(group.Name, About(group), [.. group.Numbers.SelectMany(Of)]))];

    /// <summary>Why frames and packets are dropped.</summary>
    public static ExplanationSection DropReasons { get; } = new(
        "drops",
        "why a frame or packet was dropped: the names in drops and in the log",
        [.. Forwarding.DropReasons.All.Select(reason => new Explanation(reason.Verdict.ToString(), "reason", reason.Meaning, reason.Remedy))]);

    private static string About(NumberGroup group)
    {
        string place = group.IsTopLevel ? "; in query-netdev-stats beside the other sections" : group.IsList ? "; a list" : "";
        string inText = group.TextName == group.Name.Replace('-', ' ') ? "" : $"; in the text: {group.TextName}";
        return group.Meaning + place + inText;
    }

    private static IEnumerable<Explanation> Of(NumberInfo number) =>
    [
        new Explanation(number.Name, KindOf(number), number.Meaning + InText(number), number.Remedy),
        .. number.Words.Select(word => new Explanation($"{number.Name}={word.Word}", "word", word.Meaning, word.Remedy)),
    ];

    /// <summary>How the text writes it, where that cannot be guessed.</summary>
    private static string InText(NumberInfo number)
    {
        if (!number.IsInText)
            return "";
        string written = number.Headline?.Replace("{0}", "N", StringComparison.Ordinal) ?? number.TextName;
        string words = number.Headline?.Replace("{0}", "", StringComparison.Ordinal).Trim(' ', ':') ?? number.TextName;
        return words.Length == 0 || words == number.Name.Replace('-', ' ') ? "" : $" (in the text: {written})";
    }

    private static string KindOf(NumberInfo number)
    {
        string kind = Words(number.Kind.ToString());
        return number.Unit == NumberUnit.None ? kind : $"{kind}, {Words(number.Unit.ToString())}{(number.LabelName is null ? "" : $" by {number.LabelName}")}";
    }

    /// <summary><c>QueuePairs</c> as "queue pairs".</summary>
    private static string Words(string name)
    {
        var words = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && words.Length > 0)
                words.Append(' ');
            words.Append(char.ToLowerInvariant(c));
        }

        return words.ToString();
    }
}
