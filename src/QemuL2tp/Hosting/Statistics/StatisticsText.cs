using System.Globalization;
using System.Text;

namespace QemuL2tp.Hosting.Statistics;

/// <summary>A snapshot as text: a line for each group, then its other numbers on lines of their own, only what is not zero.</summary>
internal static class StatisticsText
{
    public static string For(Snapshot snapshot)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{snapshot.Id}: statistics\n");
        foreach (SnapshotSection section in snapshot.Sections)
            Add(text, section);
        return text.ToString();
    }

    private static void Add(StringBuilder text, SnapshotSection section)
    {
        NumberValue[] shown = [.. section.Values.Where(value => value.Number.IsInText)];
        if (!section.Group.IsAlwaysInText && shown.All(value => value.IsZero || value.Number.Kind == NumberKind.Label))
            return;
        string headline = string.Join(", ", shown.Where(value => value.Number.Headline is not null).Select(InHeadline));
        text.Append(CultureInfo.InvariantCulture, $"  {section.Group.TextName}:{(headline.Length > 0 ? " " : "")}{headline}\n");
        foreach (NumberValue value in shown.Where(value => value.Number.Headline is null && !value.IsZero))
            text.Append(CultureInfo.InvariantCulture, $"    {value.Number.TextName}{(value.Label is null ? "" : " ")}{value.Label}: {Written(value)}\n");
    }

    private static string InHeadline(NumberValue value) => value.Number.Headline!.Replace("{0}", Written(value), StringComparison.Ordinal);

    private static string Written(NumberValue value) => value.Number.Kind == NumberKind.State ? value.Number.Words.Single(word => word.Word == value.Word).TextWord : value.ToString();
}
