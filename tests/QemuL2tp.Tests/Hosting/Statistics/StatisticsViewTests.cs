using System.Text.Json.Nodes;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.Hosting.Statistics;

namespace QemuL2tp.Tests.Hosting.Statistics;

/// <summary>The text and QMP show the same snapshot, and all of it.</summary>
internal sealed class StatisticsViewTests
{
    private static readonly Snapshot s_full = Full();
    private static readonly string[] s_text = StatisticsText.For(s_full).Split('\n');
    private static readonly JsonObject s_json = QmpStatistics.Of(s_full);

    [TestCaseSource(nameof(Values))]
    public void A_number_is_the_same_in_the_text_and_in_QMP(NumberGroup group, NumberValue value)
    {
        JsonNode place = group.IsTopLevel ? s_json : group.IsList ? s_json[group.Name]![0]! : s_json[group.Name]!;
        JsonNode json = value.Label is { } label ? place[value.Number.Name]![label]! : place[value.Number.Name]!;
        Assert.That(json.ToJsonString().Trim('"'), Is.EqualTo(value.Number.Unit == NumberUnit.Boolean ? "true" : value.ToString()));
        if (!value.Number.IsInText)
            return;

        string[] lines = LinesOf(group);
        string written = value.Number.Kind == NumberKind.State ? value.Number.Words[0].TextWord : value.ToString();
        if (value.Number.Headline is { } headline)
            Assert.That(lines[0], Does.Contain(headline.Replace("{0}", written)));
        else
            Assert.That(lines, Does.Contain($"    {value.Number.TextName}{(value.Label is null ? "" : " " + value.Label)}: {written}"));
    }

    [Test]
    public void Nothing_else_is_in_QMP()
    {
        IEnumerable<string> expected = Snapshot.Groups.SelectMany(group => group.IsTopLevel ? group.Numbers.Select(number => number.Name) : [group.Name]);
        Assert.That(s_json.Select(member => member.Key), Is.EquivalentTo(expected));
        foreach (NumberGroup group in Snapshot.Groups.Where(group => !group.IsTopLevel))
        {
            JsonNode place = group.IsList ? s_json[group.Name]![0]! : s_json[group.Name]!;
            Assert.That(place.AsObject().Select(member => member.Key), Is.EqualTo(group.Numbers.Select(number => number.Name)), group.Name);
        }
    }

    [Test]
    public void What_is_zero_is_not_in_the_text_and_what_is_not_there_is_not_in_QMP()
    {
        var zero = new Snapshot("net0", [.. Snapshot.Groups.Where(group => !group.IsList).Select(group => new SnapshotSection(group, [.. group.Numbers.Where(number => number.Unit != NumberUnit.None && number.LabelName is null).Select(number => new NumberValue(number, 0))]))]);
        string[] lines = StatisticsText.For(zero).TrimEnd('\n').Split('\n');
        Assert.That(lines[0], Is.EqualTo("net0: statistics"));
        Assert.That(lines, Has.Length.EqualTo(1 + Snapshot.Groups.Count(group => group.IsAlwaysInText)));
        JsonObject json = QmpStatistics.Of(zero);
        Assert.That(json.ContainsKey("rings") || json.ContainsKey("qemu-arguments"), Is.False);
        Assert.That(json["guest-to-tunnel"]!.ToJsonString(), Is.EqualTo("""{"frames":0,"bytes":0,"dropped":0,"frames-in":0,"drops":{}}"""));
    }

    [Test]
    public void Each_section_of_a_list_is_one_of_its_own()
    {
        NumberGroup rings = Snapshot.Groups.Single(group => group.IsList);
        var two = new Snapshot("net0", [Section(rings), Section(rings)]);
        Assert.That(QmpStatistics.Of(two)["rings"]!.AsArray(), Has.Count.EqualTo(2));
        Assert.That(StatisticsText.For(two).Split("\n  ring: "), Has.Length.EqualTo(3));
    }

    [Test]
    public void A_program_finds_a_number_by_its_names()
    {
        NumberValue frames = s_full.Sections.Single(section => section.Group.Name == "guest-to-tunnel").Values[0];
        Assert.That(s_full["guest-to-tunnel", "frames"], Is.EqualTo(frames.Value).And.GreaterThan(0));
        Assert.That(s_full["guest-to-tunnel", "drops", "TooShort"], Is.GreaterThan(0));
        Assert.That(s_full["guest-to-tunnel", "drops", "Late"], Is.Zero, "it has not occurred");
        Assert.That(s_full.Find("guest-to-tunnel", "drops", "Late"), Is.Null);
        Assert.That(s_full.Find("received-counter", "mode")!.Value.Word, Is.EqualTo("Unknown"));
        Assert.That(() => s_full["guest-to-tunnel", "frame"], Throws.ArgumentException.With.Message.Contains("'frame'"));
        Assert.That(() => s_full["guest", "frames"], Throws.ArgumentException.With.Message.Contains("'guest'"));
    }

    private static IEnumerable<TestCaseData> Values() =>
        from section in s_full.Sections
        from value in section.Values
        select new TestCaseData(section.Group, value).SetArgDisplayNames($"{section.Group.Name} {value.Number.Name}");

    /// <summary>A snapshot in which nothing is zero and no two numbers are equal.</summary>
    private static Snapshot Full() => new("net0", [.. Snapshot.Groups.Select(Section)]);

    private static SnapshotSection Section(NumberGroup group)
    {
        int first = 1000 * (1 + Snapshot.Groups.ToList().IndexOf(group));
        return new SnapshotSection(group, [.. group.Numbers.Select((number, i) => ValueOf(number, first + i))]);
    }

    private static NumberValue ValueOf(NumberInfo number, int value) => number switch
    {
        { Kind: NumberKind.State } => new NumberValue(number, 0, number.Words[0].Word),
        { Kind: NumberKind.Text } or { Name: "id" } => new NumberValue(number, 0, $"text{value}"),
        { Unit: NumberUnit.Boolean } => new NumberValue(number, 1),
        _ => new NumberValue(number, value, Label: number.LabelName is null ? null : "TooShort"),
    };

    /// <summary>The lines of a group in the text.</summary>
    private static string[] LinesOf(NumberGroup group)
    {
        int start = Array.FindIndex(s_text, line => line.StartsWith($"  {group.TextName}:", StringComparison.Ordinal));
        Assert.That(start, Is.GreaterThan(0), $"no line for {group.Name}");
        return [s_text[start], .. s_text[(start + 1)..].TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal))];
    }
}
