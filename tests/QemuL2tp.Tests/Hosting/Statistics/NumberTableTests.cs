using System.Text.RegularExpressions;
using QemuL2tp.Datagrams;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Hosting.Statistics;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.Hosting.Statistics;

/// <summary>The table of numbers is whole: every counter and every word is in it, once.</summary>
internal sealed class NumberTableTests
{
    [Test]
    public void Names_are_unique_and_written_in_one_way() => Assert.Multiple(() =>
    {
        Assert.That(Snapshot.Groups.Select(group => group.Name), Is.Unique);
        // In QMP these stand side by side.
        Assert.That(
            Snapshot.Groups.Where(group => group.IsTopLevel).SelectMany(group => group.Numbers.Select(number => number.Name))
                .Concat(Snapshot.Groups.Where(group => !group.IsTopLevel).Select(group => group.Name)),
            Is.Unique);
        foreach (NumberGroup group in Snapshot.Groups)
        {
            string[] names = [.. group.Numbers.Select(number => number.Name)];
            Assert.That(names, Is.Unique, group.Name);
            Assert.That(names.Append(group.Name), Has.All.Match("^[a-z]+(-[a-z]+)*$"));
            Assert.That(group.Numbers.Where(number => number.IsInText).Select(number => number.Headline ?? number.TextName).Where(name => name != "{0}"), Is.Unique, group.Name);
        }
    });

    [Test]
    public void Every_number_and_every_word_is_explained() => Assert.Multiple(() =>
    {
        foreach (NumberGroup group in Snapshot.Groups)
        {
            Assert.That(IsPhrase(group.Meaning), group.Name);
            foreach (NumberInfo number in group.Numbers)
            {
                Assert.That(IsPhrase(number.Meaning) && (number.Remedy.Length == 0 || IsPhrase(number.Remedy)), number.ToString());
                Assert.That(number.Words, number.Kind == NumberKind.State ? Is.Not.Empty : Is.Empty, number.Name);
                Assert.That(number.Words.Select(word => word.Word), Is.Unique);
                Assert.That(number.Words.All(word => IsPhrase(word.Meaning)), number.Name);
                Assert.That(number.Unit != NumberUnit.None, Is.EqualTo(number.Kind is NumberKind.Counter or NumberKind.Gauge), $"{number.Name}: what can be counted has a unit");
            }
        }
    });

    [Test]
    public void Every_verdict_but_Accept_is_explained_once()
    {
        Assert.That(DropReasons.All.Select(reason => reason.Verdict), Is.EquivalentTo(Enum.GetValues<FrameVerdict>().Where(verdict => verdict != FrameVerdict.Accept)));
        Assert.That(DropReasons.All.All(reason => IsPhrase(reason.Meaning) && reason.Remedy.Length > 0), Is.True);
        Assert.That(() => DropReasons.For(FrameVerdict.Accept), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Every_word_that_can_be_read_is_in_the_list() => Assert.Multiple(() =>
    {
        Assert.That(WordsOf("received-counter", "mode"), Is.EquivalentTo(Enum.GetNames<CounterMode>()));
        Assert.That(WordsOf("rings", "fault"), Is.EquivalentTo(Enum.GetNames<RingFault>().Except([nameof(RingFault.None)])));
        foreach (RingState state in Enum.GetValues<RingState>())
            AssertListed(((NumberGroup<RingStatus>)RingNumbers.Rings).ReadFrom(new RingStatus(1, false, state, RingFault.None, 256, true, 3)));
        foreach (OffloadMode mode in Enum.GetValues<OffloadMode>())
            AssertListed(((NumberGroup<(DatagramCounters, OffloadStatus)>)TunnelNumbers.Segmentation).ReadFrom((new DatagramCounters(), new OffloadStatus(mode))));
        Assert.That(WordsOf("pseudowire", "frontend"), Has.Length.EqualTo(Enum.GetValues<FrontendKind>().Length));
    });

    [Test]
    public void Every_counter_of_a_direction_is_read_by_its_number()
    {
        DirectionCounters counters = new() { FramesIn = 1, FramesOut = 2, BytesOut = 3 };
        counters.Count(FrameVerdict.TooShort, count: 4);
        counters.Count(FrameVerdict.Late, count: 5);
        foreach (NumberGroup group in new[] { DirectionNumbers.GuestToTunnel, DirectionNumbers.TunnelToGuest, TunnelNumbers.Tunnel })
        {
            Assert.That(
                ((NumberGroup<DirectionCounters>)group).ReadFrom(counters).Values.Select(value => (value.Number.Name, value.Label, value.Value)),
                Is.EquivalentTo(new (string, string?, long)[] { ("frames-in", null, 1), ("frames", null, 2), ("bytes", null, 3), ("dropped", null, 9), ("drops", "TooShort", 4), ("drops", "Late", 5) }));
        }
    }

    [Test]
    public void Every_counter_of_the_network_is_read_by_its_number()
    {
        DatagramCounters counters = new() { MessagesSegmented = 11, FramesSegmented = 12, MessagesCoalesced = 13, DatagramsCoalesced = 14, SendBufferFull = 15 };
        Action[] counts = [counters.CountPeerRefused, counters.CountPeerUnreachable, counters.CountPathMtuExceeded, counters.CountOtherError, counters.CountStrayReport];
        for (int i = 0; i < counts.Length; i++)
        {
            for (int times = 0; times <= i; times++)
                counts[i]();
        }

        Assert.That(
            Values(TunnelNumbers.Network, (counters, 1500)),
            Is.EqualTo(new (string, long)[] { ("peer-refused", 1), ("peer-unreachable", 2), ("path-mtu-exceeded", 3), ("other-errors", 4), ("stray-reports", 5), ("send-buffer-full", 15), ("path-mtu", 1500) }));
        Assert.That(Values(TunnelNumbers.Segmentation, (counters, new OffloadStatus(OffloadMode.On)))[1..], Is.EqualTo(new (string, long)[] { ("frames", 12), ("messages", 11) }));
        Assert.That(Values(TunnelNumbers.Coalescing, (counters, new OffloadStatus(OffloadMode.On)))[1..], Is.EqualTo(new (string, long)[] { ("datagrams", 14), ("messages", 13) }));
        Assert.That(Values(TunnelNumbers.Network, (counters, 0)).Select(value => value.Name), Has.None.EqualTo("path-mtu"), "what is not known is left out");
    }

    [Test]
    public void Every_number_of_the_received_counter_is_read()
    {
        CounterStatistics counter = new()
        {
            Mode = CounterMode.Plain,
            InOrder = 1,
            Reordered = 2,
            Late = 3,
            LateDropped = 4,
            Lost = 5,
            Duplicate = 6,
            Restarted = 7,
            Jumps = 8,
            Pinned = 9,
            Unplaced = 10,
            Vccv = 11,
        };
        Assert.That(Values(CounterNumbers.Received, (counter, 12))[1..].Select(value => value.Value), Is.EqualTo(Enumerable.Range(1, 12)));
    }

    private static (string Name, long Value)[] Values<TSource>(NumberGroup group, TSource source) =>
        [.. ((NumberGroup<TSource>)group).ReadFrom(source).Values.Select(value => (value.Number.Name, value.Value))];

    private static void AssertListed(SnapshotSection section)
    {
        foreach (NumberValue value in section.Values.Where(value => value.Number.Kind == NumberKind.State))
            Assert.That(value.Number.Words.Select(word => word.Word), Does.Contain(value.Word), value.Number.Name);
    }

    private static string[] WordsOf(string group, string number) =>
        [.. Snapshot.Groups.Single(each => each.Name == group).Numbers.Single(each => each.Name == number).Words.Select(word => word.Word)];

    /// <summary>What can stand in the middle of a sentence.</summary>
    private static bool IsPhrase(string text) => Regex.IsMatch(text, @"^[^\n]+[^\n.]$");
}
