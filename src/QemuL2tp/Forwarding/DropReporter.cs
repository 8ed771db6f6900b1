using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>
/// Says in the log why frames are dropped and what to do about it: at once for the first frame of a reason, then at most
/// once a minute for each reason, with the number dropped since.
/// </summary>
/// <param name="log">Where to say it.</param>
/// <param name="name">Name of the link.</param>
/// <param name="senderOf">The address that the frame with a given token came from.</param>
/// <param name="silent">Reasons that are normal here and only counted.</param>
public sealed class DropReporter(IEventLog log, string name, Func<nuint, string> senderOf, params FrameVerdict[] silent)
{
    private const long IntervalMilliseconds = 60_000;

    private static readonly FrameVerdict[] s_verdicts = Enum.GetValues<FrameVerdict>();
    private readonly DirectionReport _guestToTunnel = new(null);
    private readonly DirectionReport _tunnelToGuest = new(senderOf);

    /// <summary>Called after each turn; costs two comparisons while nothing is dropped.</summary>
    public void Report(DirectionCounters guestToTunnel, DirectionCounters tunnelToGuest)
    {
        if (guestToTunnel.DroppedInAll != _guestToTunnel.Seen)
            Report(guestToTunnel, _guestToTunnel);
        if (tunnelToGuest.DroppedInAll != _tunnelToGuest.Seen)
            Report(tunnelToGuest, _tunnelToGuest);
    }

    private void Report(DirectionCounters counters, DirectionReport report)
    {
        report.Seen = counters.DroppedInAll;
        long now = Environment.TickCount64;
        foreach (FrameVerdict verdict in s_verdicts)
        {
            long dropped = counters.Dropped(verdict);
            ref ReasonReport reason = ref report.Reasons[(int)verdict];
            if (dropped == reason.Dropped || now < reason.NotBefore || silent.Contains(verdict))
                continue;
            string sender = report.SenderOf is { } senderOf && verdict != FrameVerdict.ReceiveBufferFull ? $" from {senderOf(counters.LastToken(verdict))}" : "";
            EventLevel level = verdict is FrameVerdict.GuestNotConnected or FrameVerdict.GuestNotReady or FrameVerdict.GivenBack ? EventLevel.Debug : EventLevel.Warning;
            log.Write(level, $"{name}: dropped {Frames(dropped - reason.Dropped)}{sender}: {verdict}: {DropReasonText.For(verdict)}");
            reason.Dropped = dropped;
            reason.NotBefore = now + IntervalMilliseconds;
        }
    }

    private static string Frames(long count) => count == 1 ? "a frame" : $"{count} frames";

    private sealed class DirectionReport(Func<nuint, string>? senderOf)
    {
        public Func<nuint, string>? SenderOf { get; } = senderOf;
        public long Seen { get; set; }
        public ReasonReport[] Reasons { get; } = new ReasonReport[s_verdicts.Length];
    }

    private struct ReasonReport
    {
        public long Dropped;
        public long NotBefore;
    }
}
