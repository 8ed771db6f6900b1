namespace QemuL2tp.Performance;

/// <summary>All samples of a row, by forwarder.</summary>
internal sealed class Result(Row row)
{
    public Row Row => row;

    public Dictionary<string, List<Sample>> Samples { get; } = [];

    /// <summary>The median of each figure on its own; null when the forwarder was not measured.</summary>
    public Sample? MedianOf(Forwarder forwarder)
    {
        if (!Samples.TryGetValue(forwarder.Name, out List<Sample>? samples) || samples.Count == 0)
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

    private static double? Median(List<Sample> samples, Func<Sample, double?> figure)
    {
        double[] sorted = [.. samples.Select(figure).OfType<double>().Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>Measures rows: all forwarders of a row are up at once, and take turns in every round.</summary>
internal sealed class Benchmark(int rounds, TimeSpan duration)
{
    private readonly Measurement _measurement = new(duration);

    public Result Run(Row row)
    {
        var result = new Result(row);
        var lanes = new List<Lane>();
        try
        {
            foreach (Forwarder forwarder in Forwarder.In(row))
            {
                lanes.Add(new Lane(row, forwarder));
                Measurement.WarmUp(lanes[^1]);
                result.Samples[forwarder.Name] = [];
            }

            for (int round = 0; round < rounds; round++)
            {
                foreach (Lane lane in lanes)
                {
                    result.Samples[lane.Forwarder.Name].Add(_measurement.Take(lane));
                }
            }
        }
        finally
        {
            lanes.ForEach(lane => lane.Dispose());
        }

        return result;
    }
}
