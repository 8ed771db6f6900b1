using System.Globalization;

namespace QemuL2tp.Performance;

/// <summary>The results for people.</summary>
internal static class MarkdownTable
{
    public static string Head =>
        $"| frames, k/s; CPU, s per million | {string.Join(" | ", Names)} | rate ÷ QEMU's | CPU ÷ limit's | target | |\n"
        + $"|---|{string.Concat(Names.Select(_ => "---|"))}---|---|---|---|";

    private static IEnumerable<string> Names =>
        Forwarder.All.Select(one => one.Name).Concat(Forwarder.Other is { } other ? [$"rate ÷ {other.Name}'s", $"CPU ÷ {other.Name}'s"] : []);

    public static string Line(Result result)
    {
        var verdict = new Verdict(result);
        IEnumerable<string> cells = Forwarder.All.Select(forwarder => Cell(result.MedianOf(forwarder), result.FailuresOf(forwarder)));
        if (Forwarder.Other is { } other)
        {
            cells = cells.Append(Ratio(result.MedianRatio(other, sample => sample.Median ?? sample.FramesPerSecond)))
                .Append(Ratio(result.MedianRatio(other, sample => sample.CpuPerMillion)));
        }

        return $"| {result.Row.Title} | {string.Join(" | ", cells)} | {Ratio(verdict.RateRatio)} | {Ratio(verdict.CpuRatio)} | {verdict.Target} | {verdict.Met switch { true => "met", false => "**missed**", null => "–" }} |";
    }

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
