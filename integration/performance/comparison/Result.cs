namespace QemuL2tp.Performance;

/// <summary>All samples of a row, by forwarder.</summary>
internal sealed class Result(Row row)
{
    public Row Row => row;

    public Dictionary<string, List<Sample>> Samples { get; } = [];

    /// <summary>How often a forwarder ended under the load.</summary>
    public Dictionary<string, int> Failures { get; } = [];

    /// <summary>Which features a forwarder lacks for this row, in words.</summary>
    public Dictionary<string, string?> NotOffered { get; } = [];

    /// <summary>Megabytes of each forwarder's resident set after the last round.</summary>
    public Dictionary<string, double?> Resident { get; } = [];

    /// <summary>True when every frame of ours that arrived was intact and in order, and the process lived, or when the row was not measured for lack of a feature.</summary>
    public bool OursIsSound => NotOfferedBy(Forwarder.Ours) is not null || (MedianOf(Forwarder.Ours) is { Errors: 0 } && FailuresOf(Forwarder.Ours) == 0);

    public void Add(Forwarder forwarder, Sample? sample)
    {
        if (sample is null)
        {
            return;
        }

        if (!Samples.TryGetValue(forwarder.Name, out List<Sample>? samples))
        {
            Samples[forwarder.Name] = samples = [];
        }

        samples.Add(sample);
    }

    public string? NotOfferedBy(Forwarder forwarder) => NotOffered.GetValueOrDefault(forwarder.Name);

    public int FailuresOf(Forwarder forwarder) => Failures.GetValueOrDefault(forwarder.Name);

    /// <summary>The median of each figure on its own; null when the forwarder was not measured.</summary>
    public Sample? MedianOf(Forwarder forwarder)
    {
        if (!Samples.TryGetValue(forwarder.Name, out List<Sample>? samples))
        {
            return null;
        }

        return new Sample(
            Median(samples, sample => sample.FramesPerSecond) ?? 0,
            Median(samples, sample => sample.CpuPerMillion),
            Median(samples, sample => sample.Loss) ?? 0,
            samples.Aggregate(0UL, (sum, sample) => sum + sample.Errors))
        {
            Median = Median(samples, sample => sample.Median),
            Percentile99 = Median(samples, sample => sample.Percentile99),
        };
    }

    /// <summary>Ours by another's in the same round: the median of these ratios; null when one of them was not measured.</summary>
    public double? MedianRatio(Forwarder other, Func<Sample, double?> figure) =>
        Samples.TryGetValue(Forwarder.Ours.Name, out List<Sample>? ours) && Samples.TryGetValue(other.Name, out List<Sample>? theirs)
            ? Median(ours.Zip(theirs, (one, another) => figure(one) / figure(another)))
            : null;

    private static double? Median(List<Sample> samples, Func<Sample, double?> figure) => Median(samples.Select(figure));

    private static double? Median(IEnumerable<double?> figures)
    {
        double[] sorted = [.. figures.OfType<double>().Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
