namespace QemuL2tp.Performance;

/// <summary>One measurement.</summary>
/// <param name="FramesPerSecond">That arrived intact and in order.</param>
/// <param name="CpuPerMillion">Processor seconds of the forwarder for a million of them; none when nothing arrived.</param>
/// <param name="Loss">Of what was sent.</param>
/// <param name="Errors">Frames out of order, twice or damaged.</param>
internal sealed record Sample(double FramesPerSecond, double? CpuPerMillion, double Loss, ulong Errors)
{
    /// <summary>Microseconds there and back, in the row that measures them.</summary>
    public double? Median { get; init; }

    public double? Percentile99 { get; init; }
}
