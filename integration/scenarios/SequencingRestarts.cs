using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Numbers that begin anew at either end, with both ends numbering and Linux strict about it.</summary>
[TestFixture]
public sealed class SequencingRestarts
{
    private const string Options = ",x-seq=rfc3931,x-reorder-window=64";

    /// <summary>One lost number costs Linux the next five packets too.</summary>
    private const int CostOfOneNumber = 6;

    [OneTimeSetUp]
    public void Only_for_qemu_l2tp()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.RawFrames);
    }

    /// <summary>With few frames before it the new numbers look like duplicates, with many like old ones.</summary>
    [TestCase(74, 10, TestName = "peer_created_anew_after_few_frames")]
    [TestCase(75, 2000, TestName = "peer_created_anew_after_many_frames")]
    public void The_peer_is_created_anew(int number, int framesBefore)
    {
        Wire wire = WireOf(number, "both");
        EchoPeer.Open(Lab.Peer, wire);
        using QemuL2tpBackEnd backEnd = Started(wire);
        using var frames = new NumberedFrames(backEnd.SocketOf(wire));
        Fill(frames, framesBefore);
        Assert.That(frames.Received, Is.EqualTo(Enumerable.Range(0, framesBefore)));

        Renewal renewal = Renewal.UnderTraffic(frames, wire);
        TestContext.Out.WriteLine(renewal.ToString());
        renewal.AssertOnlyFramesOfTheGapAreMissing();
        Assert.That(Statistics.Of(backEnd, wire).Received("restarted"), Is.AtLeast(1));
    }

    [TestCase(76, "recv", TestName = "we_are_killed_against_seq_recv")]
    [TestCase(77, "both", TestName = "we_are_killed_against_seq_both")]
    public void We_are_killed(int number, string sequencing)
    {
        const int after = 50;
        Wire wire = WireOf(number, sequencing);
        EchoPeer.Open(Lab.Peer, wire);
        int next;
        using (QemuL2tpBackEnd killed = Started(wire))
        using (var frames = new NumberedFrames(killed.SocketOf(wire)))
        using (frames.KeepSending())
        {
            Until.True(() => frames.Received.Count > 3 * after, "frames come back");
            killed.Process.Kill();
            next = frames.Next;
        }

        string lost = "";
        // With its numbers kept, with a file that knows nothing, and with its numbers kept again.
        foreach (string file in new[] { "", $",x-seq-file={Settings.RunDirectory}/fresh-{wire.Id}.seq", "" })
        {
            using QemuL2tpBackEnd again = Started(wire with { MoreOptions = Options + file });
            using var frames = new NumberedFrames(again.SocketOf(wire), next);
            if (file.Length > 0)
            {
                EchoPeer.AssertSilent(Lab.Peer, wire, after, () => frames.Send(after));
                Assert.That(frames.Received, Is.Empty, "without the numbers from before, Linux must be silent");
            }
            else
            {
                frames.Send(after);
                IReadOnlyList<int> received = frames.ReceivedUpTo(next + after - 1);
                // Killed between taking a number and sending the packet, it leaves one out.
                Assert.That(received, Has.Count.AtLeast(after - CostOfOneNumber));
                Assert.That(received, Is.EqualTo(Enumerable.Range(next + after - received.Count, received.Count)));
                lost += $" {after - received.Count}";
            }

            next = frames.Next;
            again.Process.Kill();
        }

        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"frames lost after each start with the numbers kept:{lost}; without them all {after}"));
    }

    internal static void Fill(NumberedFrames frames, int count)
    {
        // No more at a time than a socket buffer holds.
        for (int left = count; left > 0; left -= 50)
        {
            frames.Exchange(Math.Min(left, 50));
        }
    }

    private static Wire WireOf(int number, string sequencing) =>
        new(number, Udp: true, Ipv6: false, CookieBytes: 8, Counter: true) { Sequencing = sequencing, MoreOptions = Options };

    private static QemuL2tpBackEnd Started(Wire wire)
    {
        var backEnd = new QemuL2tpBackEnd("sequencing-restarts", wire);
        backEnd.Start();
        return backEnd;
    }
}
