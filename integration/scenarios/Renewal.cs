using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>The peer's session is deleted and made again while frames go to it and come back.</summary>
internal sealed class Renewal
{
    /// <summary>So many are sent, at least, once the new session is there.</summary>
    public const int FramesAfter = 100;
    private readonly IReadOnlyList<int> _received;
    private readonly int _start;
    private readonly int _first;
    private readonly int _fresh;
    private readonly int _end;

    private Renewal(IReadOnlyList<int> received, int start, int first, int fresh, int end) =>
        (_received, _start, _first, _fresh, _end) = (received, start, first, fresh, end);

    /// <summary>Frames from the time after the new session was there.</summary>
    public IEnumerable<int> After => _received.Where(number => number >= _fresh);

    /// <summary>Renews the session as <paramref name="wire"/> describes it, and waits until frames that were sent after that are back.</summary>
    public static Renewal UnderTraffic(NumberedFrames frames, Wire wire) => UnderTraffic(frames, wire, last => frames.ReceivedUpTo(last));

    /// <param name="frames">To the session and back.</param>
    /// <param name="wire">The new session.</param>
    /// <param name="waitForEnd">Waits until the last frame, whose number it gets, is back or never will be.</param>
    public static Renewal UnderTraffic(NumberedFrames frames, Wire wire, Action<int> waitForEnd)
    {
        int before = frames.Received.Count;
        int start = frames.Next;
        int first, fresh;
        using (frames.KeepSending())
        {
            frames.ReceivedSince(before, count: 20);
            first = frames.Next;
            EchoPeer.Renew(Lab.Peer, wire);
            fresh = frames.Next;
            Until.True(() => frames.Next >= fresh + FramesAfter, "frames are sent");
        }

        waitForEnd(frames.Next - 1);
        return new Renewal([.. frames.Received.Where(number => number >= start)], start, first, fresh, frames.Next);
    }

    public void AssertOnlyFramesOfTheGapAreMissing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_received, Is.Unique);
            Assert.That(Enumerable.Range(_start, _end - _start).Except(_received).Where(number => number < _first || number >= _fresh), Is.Empty);
        }
    }

    public override string ToString() =>
        $"{_fresh - _first} frames sent while it was made again, {_fresh - _first - _received.Count(number => number >= _first && number < _fresh)} of them lost; none of {_end - _fresh} after it: {After.Count() == _end - _fresh}";
}
