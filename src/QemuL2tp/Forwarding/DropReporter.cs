using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>
/// Says in the log why frames are dropped and what to do about it: at once for the first frame of a reason, then at most
/// once a minute for each reason, with the number dropped since.
/// </summary>
/// <param name="log">Where to say it.</param>
/// <param name="name">Name of the link.</param>
/// <param name="senderOf">The address that the frame with a given token came from; null where it came from the guest.</param>
/// <param name="silent">Reasons that are normal here and only counted.</param>
public sealed class DropReporter(IEventLog log, string name, Func<nuint, string>? senderOf = null, params FrameVerdict[] silent)
{
    private const long IntervalMilliseconds = 60_000;

    private static readonly FrameVerdict[] s_verdicts = Enum.GetValues<FrameVerdict>();
    private readonly ReasonReport[] _reasons = new ReasonReport[s_verdicts.Length];
    private long _seen;

    /// <summary>Called after each turn of one direction; costs a comparison while nothing is dropped.</summary>
    public void Report(DirectionCounters counters)
    {
        if (counters.DroppedInAll != _seen)
            ReportDrops(counters);
    }

    private void ReportDrops(DirectionCounters counters)
    {
        _seen = counters.DroppedInAll;
        long now = Environment.TickCount64;
        foreach (FrameVerdict verdict in s_verdicts)
        {
            long dropped = counters.Dropped(verdict);
            ref ReasonReport reason = ref _reasons[(int)verdict];
            if (dropped == reason.Dropped || now < reason.NotBefore || silent.Contains(verdict))
                continue;
            string sender = senderOf is not null && verdict != FrameVerdict.ReceiveBufferFull ? $" from {senderOf(counters.LastToken(verdict))}" : "";
            EventLevel level = verdict is FrameVerdict.GuestNotConnected or FrameVerdict.GuestNotReady or FrameVerdict.GivenBack ? EventLevel.Debug : EventLevel.Warning;
            log.Write(level, $"{name}: dropped {Frames(dropped - reason.Dropped)}{sender}: {verdict}: {DropReasonText.For(verdict)}");
            reason.Dropped = dropped;
            reason.NotBefore = now + IntervalMilliseconds;
        }
    }

    private static string Frames(long count) => count == 1 ? "a frame" : $"{count} frames";

    private struct ReasonReport
    {
        public long Dropped;
        public long NotBefore;
    }
}
