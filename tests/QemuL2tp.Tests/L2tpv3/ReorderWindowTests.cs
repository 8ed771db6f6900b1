using System.Globalization;
using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.L2tpv3;

/// <summary>
/// Packets in, frames out. A packet is <c>n</c> (plain), <c>Rn</c> (RFC 3931), <c>Un</c> (word 0) or <c>Xhex</c> (that word);
/// its frame is told by that text, so that the same text is a copy, and <c>7'</c> is number 7 with another frame.
/// <c>+n</c> lets n milliseconds pass. The window is 8 and hold 20 ms unless said otherwise.
/// </summary>
public class ReorderWindowTests
{
    // First numbered packet of a mode.
    [TestCase("R500 R501", "R500 R501", "InOrder 2")]
    [TestCase("700 701", "700 701", "InOrder 2")]
    // d = 0, and what is then contiguous.
    [TestCase("1 2 3", "1 2 3", "InOrder 3")]
    [TestCase("1 2 4 5 3 6", "1 2 3 4 5 6", "InOrder 4 Reordered 2")]
    [TestCase("1 2 4 6 3 5", "1 2 3 4 5 6", "InOrder 4 Reordered 2")]
    [TestCase("1 2 6 5 4 3 7", "1 2 3 4 5 6 7", "InOrder 4 Reordered 3")]
    // 0 < d ≤ window: held.
    [TestCase("1 2 4", "1 2", "InOrder 2", "held")]
    [TestCase("1 2 11", "1 2", "InOrder 2", "held", TestName = "d is the window")]
    [TestCase("1 2 4 4", "1 2", "InOrder 2 Duplicate 1", "held")]
    [TestCase("1 2 4 4'", "1 2 4'", "InOrder 2 Unplaced 1", "held", TestName = "held already with another frame")]
    // d > window: what is held goes as far as must be, and order goes on behind the gap.
    [TestCase("1 2 4..9 11 12 10 13", "1 2 4..9 10 11 12 13", "InOrder 4 Reordered 8 Lost 1", TestName = "a lost one does not turn round what follows")]
    [TestCase("1 2 4..11 12 13", "1 2 4..11 12 13", "InOrder 4 Reordered 8 Lost 1", TestName = "the next one behind what had to go")]
    // Still d > window: jump.
    [TestCase("1 2 12", "1 2 12", "InOrder 3 Lost 9 Jumps 1")]
    [TestCase("1 2 4 6 20 21", "1 2 4 6 20 21", "InOrder 4 Reordered 2 Lost 15 Jumps 1")]
    [TestCase("R1 R2 R4 R8000000 R8000001", "R1 R2 R4 R8000000 R8000001", "InOrder 4 Reordered 1 Lost 1 Jumps 1")]
    // d < 0, arrived: duplicate.
    [TestCase("1 2 3 3 2 1 4", "1 2 3 4", "InOrder 4 Duplicate 3")]
    [TestCase("1..40 1 5 30 41", "1..40 41", "InOrder 41 Duplicate 3", TestName = "copies beyond the window")]
    [TestCase("1..1025 1 1026", "1..1025 1 1026", "InOrder 1026 Unplaced 1", TestName = "copies beyond the history go through")]
    [TestCase("1..1024 1 1025", "1..1024 1025", "InOrder 1025 Duplicate 1", TestName = "copies at the end of the history do not")]
    // d < 0, skipped: late.
    [TestCase("1 2 4 +20 3 5", "1 2 4 3 5", "InOrder 3 Reordered 1 Late 1")]
    [TestCase("1 2 4 +20 3 3 5", "1 2 4 3 5", "InOrder 3 Reordered 1 Late 1 Duplicate 1", TestName = "a late one twice")]
    [TestCase("1 2 30 3 31", "1 2 30 3 31", "InOrder 4 Late 1 Lost 26 Jumps 1", TestName = "late beyond the window")]
    // d < 0, other: behind.
    [TestCase("R500 R501 R495 R495 R502", "R500 R501 R495 R502", "InOrder 3 Duplicate 1 Unplaced 1", TestName = "from before the first")]
    [TestCase("R500 R501 R400 R502 R401 R503 R402 R504", "R500 R501 R400 R502 R401 R503 R402 R504", "InOrder 5 Unplaced 3", TestName = "old ones between new ones")]
    [TestCase("R9000 R9001 R400 R9002", "R9000 R9001 R400 R9002", "InOrder 3 Unplaced 1", TestName = "one old packet moves nothing")]
    // The timer.
    [TestCase("1 2 4 +19", "1 2", "InOrder 2", "held")]
    [TestCase("1 2 4 +20", "1 2 4", "InOrder 2 Reordered 1 Lost 1")]
    [TestCase("1 2 4 5 7 +20", "1 2 4 5 7", "InOrder 2 Reordered 3 Lost 2")]
    [TestCase("1 2 4 5 +10 7 +10", "1 2 4 5", "InOrder 2 Reordered 2 Lost 1", "held", TestName = "each frame has its own time")]
    [TestCase("1 2 4 5 +10 7 +10 6", "1 2 4 5 6 7", "InOrder 3 Reordered 3 Lost 1", TestName = "what remains is still waited for")]
    [TestCase("1 2 7 +10 5 +10", "1 2 5 7", "InOrder 2 Reordered 2 Lost 3", TestName = "a higher number that has waited longer takes the lower with it")]
    // Wraps.
    [TestCase("Rfffffe Rffffff R0 R1", "Rfffffe Rffffff R0 R1", "InOrder 4")]
    [TestCase("Rfffffe R0 Rffffff R1", "Rfffffe Rffffff R0 R1", "InOrder 3 Reordered 1")]
    [TestCase("Xfffffffd Xfffffffe X0 Xffffffff X1", "Xfffffffd Xfffffffe Xffffffff X0 X1", "InOrder 4 Reordered 1")]
    [TestCase("Xfffffffd Xfffffffe X1 X0 Xffffffff X0 Xffffffff X2", "Xfffffffd Xfffffffe Xffffffff X0 X1 X2", "InOrder 4 Reordered 2 Duplicate 2")]
    [TestCase("X3ffffffd X3ffffffe X0 X3fffffff X1", "X3ffffffd X3ffffffe X3fffffff X0 X1", "InOrder 4 Reordered 1", TestName = "our own wrap at 2^30")]
    [TestCase("X3ffffffd X3ffffffe X40000000 X3fffffff X40000001", "X3ffffffd X3ffffffe X3fffffff X40000000 X40000001", "InOrder 4 Reordered 1", TestName = "QEMU's counter at 2^30")]
    [TestCase("X7ffffffd X7ffffffe X80000000 X7fffffff Xc0000000", "X7ffffffd X7ffffffe X7fffffff X80000000 Xc0000000", "InOrder 3 Reordered 1 Unplaced 1", TestName = "QEMU's counter at 2^31")]
    // Mode flips.
    [TestCase("R0 R1 U1 U2 R2 R3", "R0 R1 U1 U2 R2 R3", "InOrder 4 Pinned 2", TestName = "Linux stops and goes on with numbers")]
    [TestCase("R0 R1 R3 U1 R2 R4", "R0 R1 R3 U1 R2 R4", "InOrder 3 Reordered 1 Late 1 Pinned 1", TestName = "what is held goes before a packet without a number")]
    [TestCase("R0 R1 R3 R4 1 2 3", "R0 R1 R3 R4 1 2 3", "InOrder 5 Reordered 2 Lost 1", TestName = "from RFC 3931 to plain")]
    [TestCase("1 2 4 R0 R1", "1 2 4 R0 R1", "InOrder 4 Reordered 1 Lost 1", TestName = "from plain to RFC 3931")]
    [TestCase("U1 U1 U1 U2", "U1 U1 U1 U2", "Pinned 4", TestName = "pincounter: equal frames are no copies")]
    [TestCase("X9000000 X9000001 X9000003 U1 U2 X9000002", "X9000000 X9000001 X9000003 U1 U2 X9000002", "InOrder 2 Reordered 1 Late 1 Pinned 2", TestName = "a plain counter that is pinned")]
    [TestCase("1 2 3 U1 U2 U2 U3 U3", "1 2 3 U1 U2 U2 U3 U3", "InOrder 3 Unplaced 1 Pinned 4", TestName = "QEMU restarted with pincounter near its last number")]
    // Restarts.
    [TestCase("R400 R401 +1000 R0 R2 R1", "R400 R401 R0 R1 R2", "InOrder 4 Reordered 1 Restarted 1", TestName = "R: the first number after silence")]
    [TestCase("400 401 403 +1000 1 2", "400 401 403 1 2", "InOrder 4 Reordered 1 Lost 1 Restarted 1", TestName = "Q: the first number after silence")]
    [TestCase("900000 900001 +1000 1 3 2", "900000 900001 1 2 3", "InOrder 4 Reordered 1 Restarted 1", TestName = "Q: the first number far away after silence")]
    [TestCase("R9000 R9001 R0 R1 R2 R4 R3", "R9000 R9001 R0 R1 R2 R3 R4", "InOrder 4 Reordered 1 Unplaced 2 Restarted 1", TestName = "three old numbers in sequence")]
    [TestCase("1..5 1' 2' 3' 5' 4' 3'", "1..5 1' 2' 3' 4' 5'", "InOrder 7 Reordered 1 Duplicate 1 Unplaced 2 Restarted 1", TestName = "a peer that began anew within the window loses nothing")]
    [TestCase("1..40 1' 2' 3' 1' 2' 4'", "1..40 1' 2' 3' 4'", "InOrder 42 Duplicate 2 Unplaced 2 Restarted 1", TestName = "copies of the first numbers of a new life")]
    [TestCase("900 901 1 2 3", "900 901 1 2 3", "InOrder 3 Unplaced 2 Restarted 1", TestName = "a restart right after our own")]
    public void Rows(string packets, string delivered, string counts, string held = "") =>
        AssertRow(new Settings(), packets, delivered, counts, held == "held");

    [TestCase("1 2 4 +20 3 5", "1 2 4 5", "InOrder 3 Reordered 1 LateDropped 1")]
    [TestCase("1 2 4 +20 3 3 5", "1 2 4 5", "InOrder 3 Reordered 1 LateDropped 1 Duplicate 1", TestName = "a late one twice, dropped")]
    [TestCase("1 2 30 3 31", "1 2 30 3 31", "InOrder 4 Late 1 Lost 26 Jumps 1", TestName = "beyond the window it is delivered all the same")]
    [TestCase("R500 R501 R499 R502", "R500 R501 R499 R502", "InOrder 3 Unplaced 1", TestName = "nobody gave up what is from before the first")]
    public void With_late_drop(string packets, string delivered, string counts) =>
        AssertRow(new Settings { DropLate = true }, packets, delivered, counts);

    [TestCase("1 2 4 3 3 5", "1 2 4 3 5", "InOrder 4 Late 1 Duplicate 1")]
    [TestCase("1 2 12 3", "1 2 12 3", "InOrder 3 Late 1 Lost 8 Jumps 1")]
    public void With_hold_0_nothing_waits_and_copies_are_dropped(string packets, string delivered, string counts) =>
        AssertRow(new Settings { Hold = 0 }, packets, delivered, counts);

    [TestCase(2, "R9000 R9001 R0 R1 R3 R2", "InOrder 4 Reordered 1 Unplaced 1 Restarted 1")]
    [TestCase(5, "R9000 R9001 R0 R1 R2 R3 R4 R6 R5", "InOrder 4 Reordered 1 Unplaced 4 Restarted 1")]
    public void The_run_that_means_a_restart_is_configurable(int run, string packets, string counts)
    {
        string sorted = string.Join(' ', packets.Split(' ')[..^2].Concat(packets.Split(' ')[^2..].Reverse()));
        AssertRow(new Settings { RestartRun = run }, packets, sorted, counts);
    }

    [Test]
    public void A_number_that_came_without_a_frame_is_not_waited_for()
    {
        using WindowUnderTest window = new(8);
        foreach ((uint number, int length) in new[] { (1u, 16), (2u, 16), (4u, 0), (5u, 16), (3u, 16), (6u, 0), (7u, 16) })
        {
            window.Add(number, number, length);
            window.Turn();
        }

        Assert.That(window.Delivered, Is.EqualTo(new uint[] { 1, 2, 3, 5, 7 }));
        Assert.That(window.Counters.Dropped(FrameVerdict.EmptyFrame), Is.EqualTo(2));
        Assert.That(window.Statistics.Packets, Is.EqualTo(7));
        Assert.That(window.Resequencer.FramesHeld, Is.Zero);
    }

    [Test]
    public void Frames_are_let_go_when_due_without_a_new_packet()
    {
        using WindowUnderTest window = new(8, hold: 50);
        foreach (uint number in new uint[] { 1, 2, 4 })
            window.Add(number, number);
        window.Turn();

        Assert.That(window.Resequencer.Due, Is.EqualTo(window.Now + 50));
        Assert.That(window.Resequencer.FramesHeld, Is.EqualTo(1));
        window.Wait(49);
        Assert.That(window.Delivered, Has.Count.EqualTo(2));
        window.Wait(1);
        Assert.That(window.Delivered, Is.EqualTo(new uint[] { 1, 2, 4 }));
        Assert.That((window.Resequencer.Due, window.Resequencer.FramesHeld), Is.EqualTo((long.MaxValue, 0)));
    }

    [Test]
    public void At_most_64_frames_are_held_and_the_oldest_goes_first([Values] bool oneBatchEach)
    {
        using WindowUnderTest window = new(1024);
        foreach (uint number in Numbers("1 2 4..67"))
            Add(window, number, oneBatchEach);
        window.Turn();
        Assert.That((window.Resequencer.FramesHeld, window.Delivered.Count), Is.EqualTo((64, 2)));

        Add(window, 69, oneBatchEach);
        window.Turn();
        Assert.That(window.Delivered, Is.EqualTo(Numbers("1 2 4..67")));
        Assert.That(window.Resequencer.FramesHeld, Is.EqualTo(1), "69 waits for 68");
        Assert.That(window.Statistics.Lost, Is.EqualTo(1));
    }

    [Test]
    public void A_packet_older_than_all_64_held_goes_at_once()
    {
        using WindowUnderTest window = new(1024);
        foreach (uint number in Numbers("1 2 6..69 4 3"))
            Add(window, number, oneBatchEach: true);

        Assert.That(window.Delivered, Is.EqualTo(Numbers("1 2 4 3")));
        Add(window, 5, oneBatchEach: true);
        Assert.That(window.Delivered, Is.EqualTo(Numbers("1 2 4 3 5..69")));
    }

    [Test]
    public void At_most_1_MiB_is_held()
    {
        const int Jumbo = 65000;
        using WindowUnderTest window = new(1024);
        foreach (uint number in Numbers("1 2 4..19"))
            Add(window, number, oneBatchEach: true, number < 3 ? 16 : Jumbo);
        Assert.That(window.Resequencer.FramesHeld, Is.EqualTo(16), "16 × 65000 fit in 1 MiB");

        Add(window, 21, oneBatchEach: true, Jumbo);
        Assert.That(window.Delivered, Is.EqualTo(Numbers("1 2 4..19")));
        Assert.That(window.Resequencer.FramesHeld, Is.EqualTo(1));
    }

    [Test]
    public void Mode_and_the_word_expected_next_are_known_at_any_time()
    {
        using WindowUnderTest window = new(8);
        Assert.That((window.Statistics.Mode, window.Statistics.Expected), Is.EqualTo((CounterMode.Unknown, 0u)));
        foreach ((uint word, CounterMode mode, uint expected) in new[]
        {
            (1u, CounterMode.Unknown, 0u), (2u, CounterMode.Plain, 3u), (4u, CounterMode.Plain, 3u), (3u, CounterMode.Plain, 5u),
            (0x40ff_ffffu, CounterMode.Rfc3931, 0x4000_0000u), (0u, CounterMode.Unsequenced, 0x4000_0000u),
        })
        {
            Add(window, word, oneBatchEach: true);
            Assert.That((window.Statistics.Mode, window.Statistics.Expected), Is.EqualTo((mode, expected)), $"after {word:x}");
        }
    }

    [TestCase("R0..R15 X80000000 Xc0000010 R17", "R0..R15 R17", "InOrder 17 Vccv 2", TestName = "N_5_VCCV among numbers is dropped")]
    [TestCase("R0..R14 X80000000 R15", "R0..R14 X80000000 R15", "InOrder 16 Unplaced 1", TestName = "N_5_VCCV before 16 numbers is a frame")]
    [TestCase("1..17 X80000000 Xc0000000 18", "1..17 X80000000 Xc0000000 18", "InOrder 18 Unplaced 2", TestName = "N_5_VCCV among plain numbers is a frame")]
    [TestCase("1 2 3 3 3 3 3 4", "1 2 3 4", "InOrder 4 Duplicate 4", TestName = "N_5_duplicate")]
    [TestCase("1 2 9 8 7 6 5 4 3", "1..9", "InOrder 3 Reordered 6", TestName = "N_5_reordered")]
    [TestCase("1 2 60000 3 4 5 6 7", "1 2 60000 3 4 5 6 7", "InOrder 6 Unplaced 2 Lost 59997 Restarted 1 Jumps 1", TestName = "N_5_far ahead, plain")]
    [TestCase("1 2 9000000 3 4 5", "1 2 9000000 3 4 5", "InOrder 5 Unplaced 1", TestName = "N_5_beyond all reach, plain")]
    [TestCase("R1 R2 R800000 R3 R4 R5 R6", "R1 R2 R800000 R3 R4 R5 R6", "InOrder 5 Unplaced 2 Restarted 1 Jumps 1", TestName = "N_5_far ahead, RFC 3931")]
    [TestCase("Xfffffffe Xffffffff X0 X1 Xffffffff X0", "Xfffffffe Xffffffff X0 X1", "InOrder 4 Duplicate 2", TestName = "N_5_wraps")]
    [TestCase("U1 U2 U1 U3", "U1 U2 U1 U3", "Pinned 4", TestName = "N_5_pincounter")]
    [TestCase("R0 R1 X41000002 X7f000003 R2", "R0 R1 X41000002 X7f000003 R2", "InOrder 3 Unplaced 2", TestName = "N_5_bits outside of the 24")]
    public void N_5_hostile_counters_lose_no_frame(string packets, string delivered, string counts) =>
        AssertRow(new Settings(), packets, delivered, counts);

    /// <summary>Each row twice: a batch for each packet, and one batch for all between two waits. Nothing depends on it.</summary>
    private static void AssertRow(Settings settings, string packets, string delivered, string counts, bool isHeld = false)
    {
        foreach (bool oneBatchEach in new[] { true, false })
        {
            using WindowUnderTest window = new(8, settings.Hold, settings.DropLate, settings.RestartRun);
            Dictionary<string, uint> marks = [];
            foreach (string packet in Expand(packets))
            {
                if (packet[0] == '+')
                {
                    window.Turn();
                    window.Wait(int.Parse(packet, CultureInfo.InvariantCulture));
                    continue;
                }

                uint mark = marks.TryGetValue(packet, out uint known) ? known : marks[packet] = (uint)marks.Count;
                window.Add(WordOf(packet), mark);
                if (oneBatchEach || window.IsFull)
                    window.Turn();
            }

            window.Turn();
            Assert.That(string.Join(' ', window.Delivered.Select(mark => marks.Keys.ElementAt((int)mark))), Is.EqualTo(string.Join(' ', Expand(delivered))));
            Assert.That(Describe(window.Statistics).Order(), Is.EqualTo(Pairs(counts).Order()), string.Join(' ', Describe(window.Statistics)));
            Assert.That(window.Resequencer.FramesHeld > 0, Is.EqualTo(isHeld), "frames are held");
            Assert.That(window.Counters.Dropped(FrameVerdict.Duplicate), Is.EqualTo(window.Statistics.Duplicate));
            Assert.That(window.Counters.Dropped(FrameVerdict.Late), Is.EqualTo(window.Statistics.LateDropped));
            Assert.That(window.Counters.Dropped(FrameVerdict.VccvPacket), Is.EqualTo(window.Statistics.Vccv));
        }
    }

    private static IEnumerable<string> Expand(string packets)
    {
        foreach (string packet in packets.Split(' '))
        {
            string[] range = packet.Split("..");
            string prefix = range[0][0] == 'R' ? "R" : "";
            if (range.Length == 1)
            {
                yield return packet;
                continue;
            }

            for (int n = int.Parse(range[0][prefix.Length..], CultureInfo.InvariantCulture); n <= int.Parse(range[1][prefix.Length..], CultureInfo.InvariantCulture); n++)
                yield return $"{prefix}{n}";
        }
    }

    private static uint WordOf(string packet) => packet.TrimEnd('\'') switch
    {
        ['R', .. string number] => 0x4000_0000 | (number.Any(char.IsAsciiLetter) ? Convert.ToUInt32(number, 16) : uint.Parse(number, CultureInfo.InvariantCulture)),
        ['X', .. string hex] => Convert.ToUInt32(hex, 16),
        ['U', ..] => 0,
        string number => uint.Parse(number, CultureInfo.InvariantCulture),
    };

    private static void Add(WindowUnderTest window, uint number, bool oneBatchEach, int length = 16)
    {
        if (window.IsFull)
            window.Turn();
        window.Add(number, number, length);
        if (oneBatchEach)
            window.Turn();
    }

    private static uint[] Numbers(string numbers) => [.. Expand(numbers).Select(WordOf)];

    private static IEnumerable<string> Pairs(string counts) => counts.Split(' ').Chunk(2).Select(pair => $"{pair[0]} {pair[1]}");

    private static IEnumerable<string> Describe(CounterStatistics s) => new (string Name, long Value)[]
    {
        (nameof(s.InOrder), s.InOrder), (nameof(s.Reordered), s.Reordered), (nameof(s.Late), s.Late), (nameof(s.LateDropped), s.LateDropped),
        (nameof(s.Duplicate), s.Duplicate), (nameof(s.Unplaced), s.Unplaced), (nameof(s.Pinned), s.Pinned), (nameof(s.Vccv), s.Vccv),
        (nameof(s.Lost), s.Lost), (nameof(s.Restarted), s.Restarted), (nameof(s.Jumps), s.Jumps),
    }.Where(n => n.Value != 0).Select(n => $"{n.Name} {n.Value}");

    private sealed record Settings
    {
        public int Hold { get; init; } = 20;
        public bool DropLate { get; init; }
        public int RestartRun { get; init; } = 3;
    }
}
