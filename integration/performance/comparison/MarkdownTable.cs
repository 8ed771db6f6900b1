using System.Globalization;

namespace QemuL2tp.Performance;

/// <summary>The results for people.</summary>
internal static class MarkdownTable
{
    /// <summary>Rows of vhost-user have a table of their own, because ours is held against others there.</summary>
    public static string Head(FrontEnd frontEnd)
    {
        string[] names = [.. NamesIn(frontEnd)];
        return $"| frames, k/s; CPU, s per million | {string.Join(" | ", names)} | target | |\n|---|{string.Concat(names.Select(_ => "---|"))}---|---|";
    }

    public static string Line(Result result)
    {
        var verdict = new Verdict(result);
        IEnumerable<string> cells = Forwarder.ColumnsOf(result.Row.FrontEnd).Select(forwarder => result.NotOfferedBy(forwarder) ?? Cell(result.MedianOf(forwarder), result.FailuresOf(forwarder)));
        if (Forwarder.Other is { } other)
        {
            cells = cells.Append(Ratio(result.MedianRatio(other, sample => sample.Median ?? sample.FramesPerSecond)))
                .Append(Ratio(result.MedianRatio(other, sample => sample.CpuPerMillion)));
        }

        cells = result.Row.FrontEnd == FrontEnd.VhostUser
            ? cells.Concat([Ratio(verdict.RateRatio), Ratio(verdict.YardstickCpuRatio), Ratio(verdict.CpuRatio)])
            : cells.Concat([Ratio(verdict.RateRatio), Ratio(verdict.CpuRatio)]);
        return $"| {result.Row.Title} | {string.Join(" | ", cells)} | {verdict.Target} | {verdict.Met switch { true => "met", false => "**missed**", null => "–" }} |";
    }

    private static IEnumerable<string> NamesIn(FrontEnd frontEnd) =>
    [
        .. Forwarder.ColumnsOf(frontEnd).Select(one => frontEnd == FrontEnd.VhostUser && one == Forwarder.Offload ? $"{one.Name} by stream" : one.Name),
        .. Forwarder.Other is { } other ? [$"rate ÷ {other.Name}'s", $"CPU ÷ {other.Name}'s"] : Array.Empty<string>(),
        .. frontEnd == FrontEnd.VhostUser ? ["rate ÷ stream's", "CPU ÷ stream's", "CPU ÷ limit's"] : new[] { "rate ÷ QEMU's", "CPU ÷ limit's" },
    ];

    private static string Cell(Sample? sample, int failures)
    {
        if (sample is null)
        {
            return failures > 0 ? Text($"ended {failures} times") : "–";
        }

        string cpu = sample.CpuPerMillion is { } seconds ? Text($"; {Short(seconds)}") : "";
        string errors = sample.Errors > 0 ? Text($"; **{sample.Errors} bad frames**") : "";
        errors += failures > 0 ? Text($"; ended {failures} times") : "";
        if (sample.Median is { } median)
        {
            return Text($"{median:0.0} / {sample.Percentile99:0.0} µs{cpu}{errors}");
        }

        string loss = sample.Loss >= 0.001 && sample.FramesPerSecond > 0 ? Text($"; {sample.Loss * 100:0.0} % lost") : "";
        return Text($"{sample.FramesPerSecond / 1000:0}{cpu}{loss}{errors}");
    }

    private static string Ratio(double? ratio) => ratio is { } value ? Text($"{Short(value)}×") : "–";

    private static string Short(double value) => value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
