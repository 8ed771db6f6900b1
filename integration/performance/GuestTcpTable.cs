using System.Globalization;
using System.Text;

namespace QemuL2tp.Integration.Performance;

/// <summary>The samples of all ports in each load, one of each port a round, and the table of their medians.</summary>
internal sealed class GuestTcpTable
{
    private readonly Dictionary<(string Load, string Port), List<GuestTcpSample>> _samples = [];

    public void Add(string load, string port, GuestTcpSample sample)
    {
        if (!_samples.TryGetValue((load, port), out List<GuestTcpSample>? samples))
            _samples[(load, port)] = samples = [];
        samples.Add(sample);
    }

    /// <summary>In Markdown; ratios are medians of those of each round.</summary>
    /// <param name="title">Of the first column.</param>
    /// <param name="ports">In their order.</param>
    /// <param name="yardsticks">Those that all are held against.</param>
    public string Print(string title, IReadOnlyList<string> ports, IReadOnlyList<string> yardsticks)
    {
        var text = new StringBuilder();
        text.AppendLine($"| {title} | Guest port | Mbit/s | {string.Concat(yardsticks.Select(name => $"× {name} | "))}CPU of QEMU, s/GB | of qemu-l2tp |");
        text.AppendLine($"|---|---|---|{string.Concat(yardsticks.Select(_ => "---|"))}---|---|");
        foreach (string load in _samples.Keys.Select(key => key.Load).Distinct())
        {
            foreach (string port in ports)
            {
                List<GuestTcpSample> samples = _samples[(load, port)];
                IEnumerable<string> ratios = yardsticks.Select(
                    other => Text(Median(samples.Zip(_samples[(load, other)], (one, two) => one.Megabits / two.Megabits)), "0.00"));
                text.AppendLine(
                    $"| {load} | {port} | {Text(Median(samples.Select(one => one.Megabits)), "0")} | {string.Join(" | ", ratios)} "
                    + $"| {Text(Median(samples.Select(one => one.Qemu)), "0.00")} | {Text(Median(samples.Select(one => one.Ours)), "0.00")} |");
            }
        }

        return text.ToString();
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
