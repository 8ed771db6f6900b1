using System.Globalization;
using QemuL2tp.L2tpv3;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.L2tpv3;

/// <summary>The statistics without a window, where nothing depends on them.</summary>
public class CounterStatisticsTests
{
    private const uint S = 0x4000_0000;

    // Words as "from..to" and single numbers; then what must be counted.
    [TestCase("1..10", "InOrder 10", TestName = "QEMU from its first packet")]
    [TestCase("500..509", "InOrder 10", TestName = "QEMU from the middle, as after a restart of ours")]
    [TestCase("1..3 6 7", "InOrder 5 Lost 2", TestName = "two lost")]
    [TestCase("1..3 6 7 4 5 8", "InOrder 6 Late 2", TestName = "two late ones are not lost")]
    [TestCase("1..5 5 5 3 6", "InOrder 6 Duplicate 3", TestName = "duplicates")]
    [TestCase("1..3 6 4 4 7", "InOrder 5 Late 1 Duplicate 1 Lost 1", TestName = "a late one twice")]
    [TestCase("1 4 5", "InOrder 3 Lost 2", TestName = "lost before it was known to be a counter")]
    [TestCase("1", "Unplaced 1 Mode Unknown", TestName = "one packet says nothing")]
    [TestCase("0 0 0 0", "Pinned 4 Mode Unsequenced", TestName = "pincounter")]
    [TestCase("7 7 7 7", "Unplaced 1 Pinned 3 Mode Unsequenced", TestName = "pinned to another value")]
    [TestCase("100001..100009 0 0 0 100010 100011", "InOrder 11 Pinned 3", TestName = "pinned ones between numbers do not touch the expected number")]
    [TestCase("0xfffffffd..0xffffffff 0 1 2", "InOrder 6", TestName = "wrap at 2^32")]
    [TestCase("0xfffffffd 0xfffffffe 1 0xffffffff 0 2", "InOrder 4 Late 2", TestName = "reordered across 2^32")]
    [TestCase("0x3ffffffe 0x3fffffff 0x40000000 0x40000001 0x40000002", "InOrder 5", TestName = "QEMU's counter passes into the S bit and stays plain")]
    [TestCase("0x7ffffffe 0x7fffffff 0x80000000 0x80000001", "InOrder 4", TestName = "QEMU's counter passes into the V bit and stays plain")]
    [TestCase("0x9f000001 0x9f000002 0x9f000003", "InOrder 3", TestName = "QEMU's counter from anywhere")]
    [TestCase("0x40fffffe 0x40ffffff 0x41000000 0x41000001", "InOrder 4", TestName = "a plain counter that looked like RFC 3931 for a while")]
    [TestCase("0x3ffffffe 0x3fffffff 0 1 2", "InOrder 5", TestName = "our own wrap at 2^30")]
    [TestCase("0x3ffffffd 0x3ffffffe 0 0x3fffffff 2 1 3 0x3fffffff", "InOrder 5 Late 2 Duplicate 1", TestName = "reordered across our own wrap")]
    [TestCase("0x3ffffffe 0x3fffffff 0x40000000 0x40000001 0x3fffffff 0x40000002", "InOrder 5 Duplicate 1", TestName = "QEMU's counter goes on where ours wraps")]
    [TestCase("1..10 silence 1..10", "InOrder 20 Restarted 1", TestName = "QEMU restarted after silence")]
    [TestCase("100000..100010 silence 1..10", "InOrder 21 Restarted 1", TestName = "QEMU restarted far away after silence")]
    [TestCase("1..10 silence 11..20", "InOrder 20", TestName = "silence alone is no restart")]
    [TestCase("1..500 1..10", "InOrder 508 Duplicate 2 Restarted 1", TestName = "QEMU restarted within the history")]
    [TestCase("1..3 0*20", "InOrder 3 Duplicate 14 Unplaced 1 Pinned 5 Mode Unsequenced", TestName = "QEMU restarted with pincounter near its last number")]
    [TestCase("1..30 1..40", "InOrder 40 Duplicate 30", TestName = "QEMU restarted after few packets, at once")]
    [TestCase("1..500 3..10", "InOrder 506 Duplicate 2 Restarted 1", TestName = "QEMU restarted and its first packets lost")]
    [TestCase("1..5000 1..10", "InOrder 5008 Unplaced 2 Restarted 1", TestName = "QEMU restarted beyond the history")]
    [TestCase("1..5000 3..10", "InOrder 5006 Unplaced 2 Restarted 1", TestName = "QEMU restarted beyond the history and its first packets lost")]
    [TestCase("1000000..1000009 1..10", "InOrder 20 Restarted 1", TestName = "QEMU restarted far away")]
    [TestCase("1..10 1000000..1000009", "InOrder 20 Restarted 1", TestName = "a jump far ahead is a restart, not a million lost")]
    [TestCase("1..10 65547 65548", "InOrder 12 Lost 65536", TestName = "the largest gap")]
    [TestCase("1..10 1000000 11 12", "InOrder 12 Unplaced 1", TestName = "one stray number far ahead changes nothing")]
    [TestCase("5000..9000 4000 9001 4001 9002 4002 9003", "InOrder 4004 Unplaced 3", TestName = "old numbers between new ones change nothing")]
    [TestCase("1..10 2000 1990 1980 500", "InOrder 11 Late 2 Unplaced 1 Lost 1987", TestName = "too old to tell after a gap")]
    [TestCase("1 1 2 2 3 3 4 4", "InOrder 3 Duplicate 3 Unplaced 1 Pinned 1", TestName = "everything twice")]
    [TestCase("10 11 8 9 12", "InOrder 3 Unplaced 2", TestName = "reordered at our start")]
    [TestCase("3 5 1 7", "InOrder 3 Unplaced 1 Lost 2", TestName = "the very first number late at our start is no restart")]
    public void Plain(string words, string expected) => AssertCounts(words, 0, expected, CounterMode.Plain);

    [TestCase("0..9", "InOrder 10", TestName = "Linux from its first packet")]
    [TestCase("0xfffffe 0xffffff 0 1", "InOrder 4", TestName = "wrap at 2^24")]
    [TestCase("0xfffffe 1 0xffffff 0 2", "InOrder 3 Late 2", TestName = "reordered across 2^24")]
    [TestCase("0xffff00 5", "InOrder 2 Lost 260", TestName = "a gap across 2^24")]
    [TestCase("10 12 11 11", "InOrder 2 Late 1 Duplicate 1", TestName = "late and duplicate of RFC 3931")]
    [TestCase("0..99 silence 0..9", "InOrder 110 Restarted 1", TestName = "Linux session made anew")]
    [TestCase("0..99 0..9", "InOrder 108 Duplicate 2 Restarted 1", TestName = "Linux session made anew at once")]
    [TestCase("0..15 0x80000000 0xc0000010 17 0xc0000000", "InOrder 17 Vccv 3", TestName = "VCCV after 16 packets; one had the next number")]
    [TestCase("0..14 0x80000000 15", "InOrder 16 Unplaced 1", TestName = "no VCCV before 16 packets")]
    [TestCase("0xfffffe 0xffffff 0 1 2 0 3", "InOrder 6 Duplicate 1", TestName = "the first number again after a wrap is a duplicate")]
    [TestCase("0 0 1", "InOrder 2 Duplicate 1", TestName = "the first number twice is a duplicate")]
    [TestCase("0x900000..0x900003 0 1", "InOrder 6 Jumps 1", TestName = "made anew far ahead of us")]
    [TestCase("0x900000..0x900003 0x100000..0x100004", "InOrder 9 Jumps 1", TestName = "continued elsewhere")]
    public void Rfc3931(string words, string expected) => AssertCounts(words, S, expected, CounterMode.Rfc3931);

    [Test]
    public void A_Linux_peer_may_stop_and_go_on_with_numbers_at_any_time()
    {
        CounterTracker tracker = new(PseudowireOptions.Create(counter: true));
        CounterStatistics statistics = tracker.Statistics;
        foreach (uint word in new uint[] { S, S + 1, 0, 0, S + 2, 0, S + 4 })
            Record(tracker, word, 0);

        Assert.That(Describe(statistics), Is.EqualTo("InOrder 4 Pinned 3 Lost 1"));
        Assert.That(statistics.Mode, Is.EqualTo(CounterMode.Rfc3931));
    }

    [Test]
    public void A_change_of_format_begins_anew_without_a_loss()
    {
        CounterTracker tracker = new(PseudowireOptions.Create(counter: true));
        CounterStatistics statistics = tracker.Statistics;
        foreach (uint word in new uint[] { S + 100, S + 101, 1, 2, 3 })
            Record(tracker, word, 0);

        Assert.That(Describe(statistics), Is.EqualTo("InOrder 5"));
        Assert.That(statistics.Mode, Is.EqualTo(CounterMode.Plain));
    }

    [Test]
    public void Whatever_comes_each_packet_is_counted_once_and_no_loss_is_negative()
    {
        Random random = new(1);
        CounterTracker tracker = new(PseudowireOptions.Create(counter: true));
        CounterStatistics statistics = tracker.Statistics;
        uint word = 0;
        for (int i = 1; i <= 200_000; i++)
        {
            word = random.Next(12) switch
            {
                0 => (uint)random.NextInt64(1L << 32),
                1 => S | (uint)random.Next(1 << 24),
                2 => 0,
                3 => word - (uint)random.Next(2000),
                4 => word + (uint)random.Next(70000),
                5 => word,
                _ => word + 1,
            };
            Record(tracker, word, 0);
            if (statistics.Packets != i || statistics.Lost < 0)
                Assert.Fail($"packet {i}: {statistics.Packets} counted, {statistics.Lost} lost");
        }
    }

    [Test]
    public void Late_and_duplicate_agree_with_a_set_of_all_numbers_seen([Values(24, 32)] int bits)
    {
        Random random = new(2);
        CounterTracker tracker = new(PseudowireOptions.Create(counter: true));
        CounterStatistics statistics = tracker.Statistics;
        uint format = bits == 24 ? S : 0;
        uint mask = bits == 24 ? 0xff_ffffu : uint.MaxValue;
        uint start = mask - 5_000; // Wraps on the way.
        HashSet<long> seen = [];
        long newest = -1, inOrder = 0, late = 0, duplicate = 0, skipped = 0;
        for (int i = 0; i < 200_000; i++)
        {
            long n = i < 2 ? i : Math.Max(0, newest + random.Next(-60, 4));
            if (n > newest)
            {
                inOrder++;
                skipped += n - newest - 1;
                newest = n;
            }
            else if (seen.Contains(n))
            {
                duplicate++;
            }
            else
            {
                late++;
            }

            seen.Add(n);
            Record(tracker, format | ((start + (uint)n) & mask), 0);
        }

        Assert.That(
            (statistics.InOrder, statistics.Late, statistics.Duplicate, statistics.Lost, statistics.Restarted),
            Is.EqualTo((inOrder, late, duplicate, skipped - late, 0L)));
        Assert.That(newest, Is.GreaterThan(15_000), "it wrapped");
    }

    private static void AssertCounts(string words, uint format, string expected, CounterMode mode)
    {
        CounterTracker tracker = new(PseudowireOptions.Create(counter: true));
        CounterStatistics statistics = tracker.Statistics;
        long now = 0;
        foreach (string word in words.Split(' '))
        {
            if (word == "silence")
            {
                now += 1000;
                continue;
            }

            string[] repeated = word.Split('*');
            string[] range = repeated[0].Split("..");
            for (int i = repeated.Length == 1 ? 1 : int.Parse(repeated[1], CultureInfo.InvariantCulture); i > 0; i--)
            {
                for (long n = Parse(range[0]); n <= Parse(range[^1]); n++)
                    Record(tracker, n < 0x8000_0000 ? format | (uint)n : (uint)n, now);
            }
        }

        string[] parts = expected.Split(" Mode ");
        Assert.That(Describe(statistics), Is.EqualTo(parts[0]));
        Assert.That(statistics.Mode, Is.EqualTo(parts.Length > 1 ? Enum.Parse<CounterMode>(parts[1]) : mode));
    }

    private static void Record(CounterTracker tracker, uint word, long now)
    {
        if (!tracker.TryTakeNext(word, 0, now))
            tracker.Place(new Packet { Word = word, Now = now });
    }

    private static long Parse(string number) =>
        number.StartsWith("0x", StringComparison.Ordinal) ? Convert.ToInt64(number, 16) : Convert.ToInt64(number, 10);

    /// <summary>The numbers that are not 0, by name.</summary>
    private static string Describe(CounterStatistics s) => string.Join(' ', new (string Name, long Value)[]
    {
        (nameof(s.InOrder), s.InOrder), (nameof(s.Late), s.Late), (nameof(s.Duplicate), s.Duplicate), (nameof(s.Unplaced), s.Unplaced),
        (nameof(s.Pinned), s.Pinned), (nameof(s.Lost), s.Lost), (nameof(s.Restarted), s.Restarted),
        (nameof(s.Jumps), s.Jumps), (nameof(s.Vccv), s.Vccv),
    }.Where(n => n.Value != 0).Select(n => $"{n.Name} {n.Value}"));
}
