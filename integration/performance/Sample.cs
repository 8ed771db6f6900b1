namespace QemuL2tp.Integration.Performance;

/// <summary>One measurement.</summary>
/// <param name="PerSecond">Frames that arrived, per second.</param>
/// <param name="Microseconds">Processor time of QEMU and qemu-l2tp for each of them.</param>
/// <param name="MicrosecondsOfOurs">What of it is qemu-l2tp's.</param>
internal sealed record Sample(double PerSecond, double Microseconds, double MicrosecondsOfOurs)
{
    public static Sample Mean(IReadOnlyCollection<Sample> samples) => new(
        samples.Average(one => one.PerSecond),
        samples.Average(one => one.Microseconds),
        samples.Average(one => one.MicrosecondsOfOurs));
}
