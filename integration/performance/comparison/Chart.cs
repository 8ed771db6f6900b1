using System.Globalization;
using System.Text;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Performance;

/// <summary>Grouped bars by gnuplot: frames per second above, processor time below, both logarithmic.</summary>
internal static class Chart
{
    public static void Write(string path, Machine machine, IReadOnlyList<Result> results)
    {
        List<Result> rows = [.. results.Where(result => result.Row.Load != Load.Latency && result.NotOfferedBy(Forwarder.Ours) is null)];
        if (rows.Count == 0)
        {
            return;
        }

        string script = Path.Combine(Settings.RunDirectory, "chart.gnuplot");
        File.WriteAllText(script, Script(path, machine, rows));
        Child.Shell($"gnuplot '{script}'");
    }

    private static string Script(string path, Machine machine, List<Result> rows) => string.Create(CultureInfo.InvariantCulture, $"""
        set terminal pngcairo size 1800,1300 noenhanced background 'white'
        set output '{path}'
        set style data histograms
        set style histogram clustered gap 2
        set style fill solid 0.9 noborder
        set boxwidth 0.9
        set logscale y
        set grid ytics mytics
        set xtics rotate by -28 nomirror
        set key outside top center horizontal
        set datafile missing '?'
        set lmargin 12
        set rmargin 18
        set xrange [-0.6:{rows.Count - 0.4:0.0}]
        $rate << END
        {Data(rows, sample => sample.FramesPerSecond > 0 ? sample.FramesPerSecond / 1000 : null)}
        END
        $cpu << END
        {Data(rows, sample => sample.CpuPerMillion)}
        END
        set multiplot layout 2,1 title "{machine.Cpu}, {machine.Processors} processors, {machine.Kernel}"
        set yrange [10:*]
        set ylabel 'thousand frames per second (more is better)'
        plot {Bars("$rate", rows)}
        set yrange [0.01:*]
        set ylabel 'CPU seconds per million frames (less is better)'
        plot {Bars("$cpu", rows)}
        unset multiplot
        """);

    private static IEnumerable<Forwarder> SeriesOf(List<Result> rows) => rows.SelectMany(result => Forwarder.ColumnsOf(result.Row.FrontEnd)).Distinct();

    private static string Data(List<Result> rows, Func<Sample, double?> figure)
    {
        var text = new StringBuilder();
        foreach (Result result in rows)
        {
            IEnumerable<string> values = SeriesOf(rows).Select(one =>
                (result.MedianOf(one) is { } sample ? figure(sample) : null)?.ToString(CultureInfo.InvariantCulture) ?? "?");
            text.Append(CultureInfo.InvariantCulture, $"{result.Row.Name} {string.Join(' ', values)}\n");
        }

        return text.ToString().TrimEnd();
    }

    private static string Bars(string data, List<Result> rows) =>
        string.Join(", ", SeriesOf(rows).Select((one, i) => $"{data} using {i + 2}:xtic(1) title '{one.Name}'"));
}
