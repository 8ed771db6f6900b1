using QemuL2tp.Frames;
using static QemuL2tp.Hosting.Statistics.NumberRows;

namespace QemuL2tp.Hosting.Statistics;

/// <summary>What went each way.</summary>
internal static class DirectionNumbers
{
    private static readonly FrameVerdict[] s_reasons = [.. Enum.GetValues<FrameVerdict>().Where(verdict => verdict != FrameVerdict.Accept)];

    public static NumberGroup GuestToTunnel { get; } = Direction("guest-to-tunnel", "frames that the guest sent", pseudowire => pseudowire.GuestToTunnel);

    public static NumberGroup TunnelToGuest { get; } = Direction("tunnel-to-guest", "frames that the peer sent", pseudowire => pseudowire.TunnelToGuest);

    /// <summary>Drops by reason, those that have occurred.</summary>
    public static IEnumerable<(string Reason, long Count)> Drops(DirectionCounters counters)
    {
        foreach (FrameVerdict reason in s_reasons)
        {
            if (counters.Dropped(reason) is > 0 and long dropped)
                yield return (reason.ToString(), dropped);
        }
    }

    private static NumberGroup<DirectionCounters> Direction(string name, string meaning, Func<Pseudowire, DirectionCounters> counters) => new(
        name,
        meaning,
        pseudowire => [counters(pseudowire)],
        Counter<DirectionCounters>("frames", NumberUnit.Frames, c => c.FramesOut, "frames passed on", headline: "{0} frames"),
        Counter<DirectionCounters>("bytes", NumberUnit.Bytes, c => c.BytesOut, "bytes of the frames passed on, from the Ethernet header on", headline: "{0} bytes"),
        Counter<DirectionCounters>("dropped", NumberUnit.Frames, c => c.DroppedInAll, "frames dropped, for whatever reason", "look at drops", headline: "{0} dropped"),
        Counter<DirectionCounters>("frames-in", NumberUnit.Frames, c => c.FramesIn, "frames that came in; those that are neither passed on nor dropped are waiting", headline: "{0} in"),
        ByLabel<DirectionCounters>("drops", NumberUnit.Frames, "reason", Drops, "frames dropped, by reason", "see the drop reasons", "dropped"))
    {
        IsAlwaysInText = true,
    };
}
