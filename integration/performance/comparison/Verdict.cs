namespace QemuL2tp.Performance;

/// <summary>Ours against QEMU and against the limit, and whether the targets of the row are met.</summary>
internal sealed class Verdict
{
    public Verdict(Result result)
    {
        Row row = result.Row;
        Sample? ours = result.MedianOf(Forwarder.Ours);
        Sample? qemu = result.MedianOf(Forwarder.Qemu);
        Sample? limit = result.MedianOf(Forwarder.LimitOf(row));
        if (row.Load == Load.Latency)
        {
            RateRatio = ours?.Median / qemu?.Median;
            CpuRatio = ours?.CpuPerMillion / limit?.CpuPerMillion;
            Target = "p50, p99 ≤ QEMU's";
            Met = qemu is null ? null : ours?.Median <= qemu?.Median && ours?.Percentile99 <= qemu?.Percentile99;
            return;
        }

        RateRatio = qemu?.FramesPerSecond > 0 ? ours?.FramesPerSecond / qemu.FramesPerSecond : null;
        CpuRatio = ours?.CpuPerMillion / limit?.CpuPerMillion;
        Target = string.Join(", ", new[]
        {
            row.RateTarget is { } rate ? FormattableString.Invariant($"≥ {rate}×") : row.FromTunnel ? "passes" : null,
            row.CpuTarget is { } cpu ? FormattableString.Invariant($"CPU ≤ {cpu}×") : null,
        }.OfType<string>());
        bool fast = row.RateTarget is null ? ours?.FramesPerSecond > 0 : RateRatio >= row.RateTarget;
        Met = qemu is null ? null : fast && (row.CpuTarget is null || CpuRatio <= row.CpuTarget);
    }

    /// <summary>Our frames per second by QEMU's; for latency the medians.</summary>
    public double? RateRatio { get; }

    /// <summary>Our processor time per frame by the limit's.</summary>
    public double? CpuRatio { get; }

    public string Target { get; }

    /// <summary>Null when QEMU was not measured.</summary>
    public bool? Met { get; }
}
