using System.Diagnostics;
using QemuL2tp.Integration.Peers;
using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// Two qemu-l2tp with a relay between them that loses, doubles and moves packets; the harness plays QEMU at both ends.
/// What arrives and what the receiver counts is compared with what follows from the relay's log.
/// </summary>
[TestFixture]
public sealed class ImpairedPaths
{
    private const int Window = 64;
    // More than a window, so that nothing is waited for in the end.
    private const int Clean = 100;
    private const int Impaired = 4000;
    private const int Chunk = 20;
    // In chunks, for how long a frame may be held: those of a window, as far as one may be moved, and the two at the ends.
    private const int Held = ((Window + 16) / Chunk) + 2;
    private const int Attempts = 20;
    private static readonly TimeSpan s_longestHold = TimeSpan.FromSeconds(1);
    private static readonly Impairment s_impairment = new() { Loss = 0.05, Duplication = 0.05, Reordering = 0.2, MaximumShift = 16 };

    [SetUp]
    public void Only_for_qemu_l2tp() => Lab.NeedsQemuL2tp();

    [TestCase(110, "", TestName = "window_off_plain")]
    [TestCase(111, ",x-seq=rfc3931", TestName = "window_off_rfc3931")]
    public void Without_a_window_all_is_delivered_as_it_arrives(int number, string options) =>
        Through(number, options, s_impairment, end =>
        {
            Assert.That(end.Received, Is.EqualTo(end.Arrivals));
            end.AssertCounted(("reordered", 0), ("late", end.FirstArrivals.Count - end.Records), ("in order", end.Records));
        });

    [TestCase(112, "", TestName = "window_on_plain")]
    [TestCase(113, ",x-seq=rfc3931", TestName = "window_on_rfc3931")]
    public void With_a_window_no_duplicate_arrives_and_order_is_restored(int number, string options) =>
        // So long a hold that the window, not the time, decides what is given up.
        Through(number, $"{options},x-reorder-window={Window},x-reorder-hold={s_longestHold.TotalMilliseconds}", s_impairment, s_longestHold, end =>
        {
            Assert.That(end.Received, Is.EqualTo(end.FirstArrivals.Order()));
            Assert.That(end.FirstArrivals, Is.Not.Ordered);
            int atOnce = end.InOrderWith(Window);
            end.AssertCounted(("reordered", end.FirstArrivals.Count - atOnce), ("late", 0), ("in order", atOnce));
        });

    [Test]
    public void With_a_short_hold_no_duplicate_arrives_and_no_other_frame_is_missing() =>
        Through(114, $",x-reorder-window={Window},x-reorder-hold=2", s_impairment, end =>
        {
            Assert.That(end.Received, Is.Unique);
            Assert.That(end.Received, Is.EquivalentTo(end.FirstArrivals));
            end.AssertCounted(("late", end.OutOfOrder), ("in order and reordered", end.FirstArrivals.Count - end.OutOfOrder));
        });

    private static void Through(int number, string options, Impairment impairment, Action<ReceivingEnd> check) =>
        Through(number, options, impairment, TimeSpan.MaxValue, check);

    /// <param name="number">Of the wire.</param>
    /// <param name="options">Of both ends.</param>
    /// <param name="impairment">Both ways.</param>
    /// <param name="hold">What no frame may be held so long that the time decides about it; when the machine was too slow, it is done again.</param>
    /// <param name="check">Of what arrived.</param>
    private static void Through(int number, string options, Impairment impairment, TimeSpan hold, Action<ReceivingEnd> check)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (TryThrough(number, options, impairment, hold, check))
                return;
            TestContext.Out.WriteLine("the machine was too slow for the hold; once more");
        }

        Assert.Inconclusive($"in {Attempts} attempts this machine was never fast enough for a hold of {hold.TotalMilliseconds} ms");
    }

    private static bool TryThrough(int number, string options, Impairment impairment, TimeSpan hold, Action<ReceivingEnd> check)
    {
        Wire wire = new(number, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true)
        {
            Local = "127.0.0.2",
            Remote = "127.0.0.2",
            MoreOptions = options,
        };
        // The two must not share the file that keeps the numbers.
        Wire farWire = options.Contains("x-seq", StringComparison.Ordinal)
            ? wire with { MoreOptions = $"{options},x-seq-file={Settings.RunDirectory}/far-{wire.Id}.seq" }
            : wire;
        using UdpRelay relay = RelayedWire.Open(wire, seed: number);
        using QemuL2tpBackEnd near = new("impaired-near", wire.BehindRelay);
        using QemuL2tpBackEnd far = new("impaired-far", farWire) { Far = true };
        near.Start();
        far.Start();
        using var nearGuest = new NumberedFrames(near.SocketOf(wire));
        using var farGuest = new NumberedFrames(far.SocketOf(wire));

        List<long> times = [];
        TimeSpan slowest = TimeSpan.Zero;
        SendBoth(Clean);
        relay.Impair(impairment, impairment);
        SendBoth(Impaired);
        relay.Flush();
        relay.Impair(Impairment.None, Impairment.None);
        SendBoth(Clean);
        // The last ones have nothing to wait for.
        nearGuest.ReceivedUpTo(farGuest.Next - 1);
        farGuest.ReceivedUpTo(nearGuest.Next - 1);
        if (slowest > hold / 2)
            return false;

        using (Assert.EnterMultipleScope())
        {
            check(new ReceivingEnd("near to far", relay.LogToFar, farGuest.Received, Statistics.Of(far, wire)));
            check(new ReceivingEnd("far to near", relay.LogToNear, nearGuest.Received, Statistics.Of(near, wire)));
        }

        return true;

        // In step with the relay, so that no socket buffer overflows and the relay's numbers are the frames' numbers.
        void SendBoth(int count)
        {
            for (int i = 0; i < count; i += Chunk)
            {
                if (times.Count > Held)
                {
                    TimeSpan since = Stopwatch.GetElapsedTime(times[^Held]);
                    slowest = since > slowest ? since : slowest;
                }

                // Clock: for how long a frame was held at most.
                times.Add(Stopwatch.GetTimestamp());
                nearGuest.Send(Chunk);
                farGuest.Send(Chunk);
                Until.True(
                    () => relay.Arrived == (nearGuest.Next, farGuest.Next),
                    () => $"the relay has {(nearGuest.Next, farGuest.Next)} packets, not {relay.Arrived}");
            }
        }
    }
}
