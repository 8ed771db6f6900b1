using QemuL2tp.EventLoop;
using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>
/// Says in the log why frames are dropped and what to do about it: at once for the first frame of a reason, then at most
/// once a minute for each reason, with the number dropped since and who sent the last of them.
/// </summary>
/// <param name="log">Where to say it.</param>
/// <param name="name">Name of the link, or of those that share a tunnel.</param>
/// <param name="senders">Know who sent a frame; null where frames come from the guest.</param>
/// <param name="clock">Milliseconds; null: since the system's start.</param>
/// <param name="silent">Reasons that are normal here and only counted.</param>
internal sealed class DropReporter(IEventLog log, Func<string> name, IFrameSenders? senders = null, Func<long>? clock = null, params FrameVerdict[] silent) : IDropReport, IEventHandler
{
    private const long IntervalMilliseconds = 60_000;

    private static readonly FrameVerdict[] s_verdicts = Enum.GetValues<FrameVerdict>();
    private readonly ReasonReport[] _reasons = Begin(silent);
    private readonly byte[] _senders = new byte[s_verdicts.Length * IFrameSenders.MaxAddressLength];
    private IEventLoop? _loop;
    private DirectionCounters? _counters;
    private long _seen;
    private long _timerSetFor = long.MaxValue;

    /// <param name="log">Where to say it.</param>
    /// <param name="name">Name of the link.</param>
    /// <param name="senders">As above.</param>
    /// <param name="clock">As above.</param>
    /// <param name="silent">As above.</param>
    public DropReporter(IEventLog log, string name, IFrameSenders? senders = null, Func<long>? clock = null, params FrameVerdict[] silent)
        : this(log, () => name, senders, clock, silent)
    {
    }

    /// <inheritdoc/>
    public void Attach(IEventLoop loop, DirectionCounters counters)
    {
        _loop = loop;
        _counters = counters;
    }

    /// <inheritdoc/>
    public void Detach()
    {
        _loop?.ClearTimer(this);
        _loop = null;
    }

    /// <summary>Called after each turn, before the source fills again; costs a comparison while nothing is dropped.</summary>
    public void Report()
    {
        if (_counters!.DroppedInAll == _seen)
            return;
        _seen = _counters.DroppedInAll;
        ReportDrops();
    }

    void IEventHandler.OnReady(Readiness readiness)
    {
        // It watches no descriptor.
    }

    void IEventHandler.OnTimer()
    {
        _timerSetFor = long.MaxValue;
        ReportDrops();
    }

    /// <summary>Without LINQ: over an enum the runtime would have to compile it at each start.</summary>
    private static ReasonReport[] Begin(FrameVerdict[] silent)
    {
        var reasons = new ReasonReport[s_verdicts.Length];
        foreach (FrameVerdict verdict in silent)
            reasons[(int)verdict].IsSilent = true;
        return reasons;
    }

    private void ReportDrops()
    {
        long now = clock is null ? Environment.TickCount64 : clock();
        long next = long.MaxValue;
        foreach (FrameVerdict verdict in s_verdicts)
        {
            ref ReasonReport reason = ref _reasons[(int)verdict];
            if (reason.IsSilent)
                continue;
            long dropped = _counters!.Dropped(verdict);
            if (dropped != reason.Seen)
                KeepSender(verdict, ref reason, dropped);
            if (dropped == reason.Told)
                continue;
            if (now < reason.NotBefore)
            {
                // What is normal while no guest is there can wait for the next drop, and an idle worker sleeps.
                if (LevelOf(verdict) != EventLevel.Debug)
                    next = Math.Min(next, reason.NotBefore);
                continue;
            }

            Tell(verdict, ref reason);
            reason.NotBefore = now + IntervalMilliseconds;
        }

        if (next == _timerSetFor)
            return;
        _timerSetFor = next;
        if (next == long.MaxValue)
            _loop!.ClearTimer(this);
        else
            _loop!.SetTimer(this, (int)(next - now));
    }

    /// <summary>Whose frame it was is known in this turn only; it may be told much later.</summary>
    private void KeepSender(FrameVerdict verdict, ref ReasonReport reason, long dropped)
    {
        reason.SenderLength = senders?.CopySender(_counters!.LastToken(verdict), SenderOf(verdict)) ?? 0;
        reason.Seen = dropped;
    }

    private void Tell(FrameVerdict verdict, ref ReasonReport reason)
    {
        long frames = reason.Seen - reason.Told;
        string sender = reason.SenderLength == 0 ? "" : $"{(frames == 1 ? "" : ", the last")} from {senders!.DescribeSender(SenderOf(verdict)[..reason.SenderLength])}";
        log.Write(LevelOf(verdict), $"{name()}: dropped {Frames(frames)}{sender}: {verdict}: {DropReasons.For(verdict).Text}");
        reason.Told = reason.Seen;
    }

    private Span<byte> SenderOf(FrameVerdict verdict) => _senders.AsSpan((int)verdict * IFrameSenders.MaxAddressLength, IFrameSenders.MaxAddressLength);

    private static EventLevel LevelOf(FrameVerdict verdict) =>
        verdict is FrameVerdict.GuestNotConnected or FrameVerdict.GuestNotReady or FrameVerdict.TunnelNotReady or FrameVerdict.GivenBack ? EventLevel.Debug : EventLevel.Warning;

    private static string Frames(long count) => count == 1 ? "a frame" : $"{count} frames";

    private struct ReasonReport
    {
        public bool IsSilent;

        /// <summary>Frames dropped when it was looked at last.</summary>
        public long Seen;

        /// <summary>Those of them that the log has.</summary>
        public long Told;
        public long NotBefore;

        /// <summary>Bytes of the address that the last one came from; 0: not known.</summary>
        public int SenderLength;
    }
}
