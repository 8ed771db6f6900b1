namespace QemuL2tp.Performance;

/// <summary>Ours against the yardstick and against the limit, and whether the targets of the row are met.</summary>
internal sealed class Verdict
{
    public Verdict(Result result)
    {
        Row row = result.Row;
        Sample? ours = result.MedianOf(Forwarder.Ours);
        Sample? yardstick = result.MedianOf(Forwarder.YardstickOf(row));
        Sample? limit = result.MedianOf(Forwarder.LimitOf(row));
        CpuRatio = ours?.CpuPerMillion / limit?.CpuPerMillion;
        if (row.Load == Load.Latency)
        {
            RateRatio = ours?.Median / yardstick?.Median;
            Target = "p50, p99 ≤ QEMU's";
            Met = yardstick is null ? null : ours?.Median <= yardstick?.Median && ours?.Percentile99 <= yardstick?.Percentile99;
            return;
        }

        bool isByStream = row.FrontEnd == FrontEnd.Stream;
        RateRatio = yardstick?.FramesPerSecond > 0 ? ours?.FramesPerSecond / yardstick.FramesPerSecond : null;
        YardstickCpuRatio = ours?.CpuPerMillion / yardstick?.CpuPerMillion;
        Target = string.Join(", ", new[]
        {
            row.RateTarget is { } rate ? FormattableString.Invariant($"≥ {rate}×") : row.FromTunnel || !isByStream ? "passes" : null,
            row.CpuTarget is { } cpu ? FormattableString.Invariant($"CPU ≤ {cpu}×{(isByStream ? "" : " the stream's")}") : null,
        }.OfType<string>());
        bool fast = row.RateTarget is null ? ours?.FramesPerSecond > 0 : RateRatio >= row.RateTarget;
        Met = yardstick is null || ours is null ? null : fast && (row.CpuTarget is null || (isByStream ? CpuRatio : YardstickCpuRatio) <= row.CpuTarget);
    }

    /// <summary>Our frames per second by the yardstick's; for latency the medians.</summary>
    public double? RateRatio { get; }

    /// <summary>Our processor time per frame by the limit's.</summary>
    public double? CpuRatio { get; }

    /// <summary>The same by the yardstick's; null for latency.</summary>
    public double? YardstickCpuRatio { get; }

    public string Target { get; }

    /// <summary>Null when ours or the yardstick was not measured.</summary>
    public bool? Met { get; }
}
