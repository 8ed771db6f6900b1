using System.Globalization;

namespace QemuL2tp.Performance;

/// <summary>The results for people.</summary>
internal static class MarkdownTable
{
    public static string Head =>
        $"| frames, k/s; CPU, s per million | {string.Join(" | ", Forwarder.All.Select(one => one.Name))} | rate ÷ QEMU's | CPU ÷ limit's | target | |\n"
        + $"|---|{string.Concat(Forwarder.All.Select(_ => "---|"))}---|---|---|---|";

    public static string Line(Result result)
    {
        var verdict = new Verdict(result);
        IEnumerable<string> cells = Forwarder.All.Select(forwarder => Cell(result.MedianOf(forwarder), result.FailuresOf(forwarder)));
        return $"| {result.Row.Title} | {string.Join(" | ", cells)} | {Ratio(verdict.RateRatio)} | {Ratio(verdict.CpuRatio)} | {verdict.Target} | {(verdict.Met ? "met" : "**missed**")} |";
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
