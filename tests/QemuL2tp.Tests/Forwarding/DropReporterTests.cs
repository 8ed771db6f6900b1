using System.Text;
using QemuL2tp.EventLoop;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Forwarding;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DropReporterTests
{
    private readonly RecordingLog _log = new();
    private readonly ManualLoop _loop = new();
    private readonly DirectionCounters _counters = new();
    private readonly Slots _slots = new();
    private readonly DropReporter _reporter;
    private long _now = 1_000_000;

    public DropReporterTests()
    {
        _reporter = new DropReporter(_log, "net0", _slots, () => _now, FrameVerdict.WrongSession);
        _reporter.Attach(_loop, _counters);
    }

    private string[] Told => [.. _log.Messages.Select(message => message.Split(": ")[1])];

    [Test]
    public void What_is_told_later_names_who_sent_it_and_not_who_has_its_slot_then()
    {
        Drop(FrameVerdict.TooShort, "a");
        Drop(FrameVerdict.TooShort, "b");
        _slots.Sender = "innocent";
        Elapse();
        Assert.That(Told, Is.EqualTo((string[])["dropped a frame from a", "dropped a frame from b"]));

        Drop(FrameVerdict.TooShort, "c");
        _now += 60_000;
        Drop(FrameVerdict.WrongCookie, "d");
        Assert.That(Told[2..], Is.EquivalentTo((string[])["dropped a frame from c", "dropped a frame from d"]));
    }

    [Test]
    public void What_was_dropped_in_between_is_told_though_nothing_more_is_dropped()
    {
        for (int i = 0; i < 6; i++)
            Drop(FrameVerdict.TooShort, "a");
        Assert.That(Told, Is.EqualTo((string[])["dropped a frame from a"]));
        Assert.That(_loop.Timers, Is.EquivalentTo((IEventHandler[])[_reporter]));

        Elapse();
        Assert.That(Told, Is.EqualTo((string[])["dropped a frame from a", "dropped 5 frames, the last from a"]));
        Assert.That(_loop.Timers, Is.Empty, "nothing is left to tell, nobody wakes up");
    }

    [Test]
    public void Of_several_frames_the_sender_of_the_last_is_named_as_such()
    {
        Drop(FrameVerdict.TooShort, "a");
        Drop(FrameVerdict.TooShort, "b");
        Drop(FrameVerdict.TooShort, "c");
        Elapse();
        Drop(FrameVerdict.TooShort, "d");
        Elapse();

        Assert.That(Told, Is.EqualTo((string[])["dropped a frame from a", "dropped 2 frames, the last from c", "dropped a frame from d"]));
    }

    [Test]
    public void The_timer_goes_when_the_next_drop_has_told_everything()
    {
        Drop(FrameVerdict.TooShort, "a");
        Drop(FrameVerdict.TooShort, "b");
        _now += 60_000;
        Drop(FrameVerdict.TooShort, "c");

        Assert.That(Told, Is.EqualTo((string[])["dropped a frame from a", "dropped 2 frames, the last from c"]));
        Assert.That(_loop.Timers, Is.Empty);
    }

    [Test]
    public void A_sender_that_is_not_known_is_not_made_up()
    {
        _counters.Count(FrameVerdict.TooShort, FrameSlot.FromUnknown, 3);
        _reporter.Report();

        Assert.That(Told, Is.EqualTo((string[])["dropped 3 frames"]));
    }

    [Test]
    public void Silent_reasons_set_no_timer()
    {
        for (int i = 0; i < 3; i++)
            Drop(FrameVerdict.WrongSession, "a");

        Assert.That(_log.Messages, Is.Empty);
        Assert.That(_loop.Timers, Is.Empty);
    }

    [Test]
    public void What_is_only_told_at_debug_wakes_nobody()
    {
        for (int i = 0; i < 3; i++)
            Drop(FrameVerdict.GuestNotConnected, "a");
        Assert.That(_loop.Timers, Is.Empty);

        _now += 60_000;
        Drop(FrameVerdict.GuestNotConnected, "b");
        Assert.That(Told, Is.EqualTo((string[])["dropped a frame from a", "dropped 3 frames, the last from b"]));
    }

    [Test]
    public void Drops_between_two_reports_allocate_nothing()
    {
        Drop(FrameVerdict.TooShort, "a");
        Drop(FrameVerdict.TooShort, "a");
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            _counters.Count(FrameVerdict.TooShort);
            _reporter.Report();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private void Drop(FrameVerdict verdict, string sender)
    {
        _slots.Sender = sender;
        _counters.Count(verdict);
        _reporter.Report();
    }

    /// <summary>A minute passes, and the timer goes off.</summary>
    private void Elapse()
    {
        _now += 60_000;
        foreach (IEventHandler handler in _loop.Timers.ToArray())
        {
            _loop.Timers.Remove(handler);
            handler.OnTimer();
        }
    }

    /// <summary>One slot, which somebody uses now.</summary>
    private sealed class Slots : IFrameSenders
    {
        public string Sender { get; set; } = "";

        public int CopySender(nuint token, Span<byte> address) => token == FrameSlot.FromUnknown ? 0 : Encoding.ASCII.GetBytes(Sender, address);

        public string DescribeSender(ReadOnlySpan<byte> address) => Encoding.ASCII.GetString(address);
    }
}
