using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.L2tpv3;

/// <summary>
/// What holds for every sequence of packets, shown by 30 000 generated ones. <see cref="WindowUnderTest"/> checks at each
/// turn that frames are unchanged, that in = out + drops + held, and that nothing stays beyond its time.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class ReorderWindowProperties
{
    private const int Sequences = 10_000;

    /// <summary>Delays shorter than window and hold: every frame that arrives is delivered once, in the order of sending.</summary>
    [Test]
    public void Within_the_window_and_the_hold_time_order_is_restored()
    {
        for (int seed = 1; seed <= Sequences; seed++)
        {
            FastRandom random = new((ulong)seed);
            int delay = random.Between(0, 15);
            uint[] words = PathUnderTest.Count(random, random.Between(5, 100));
            List<PacketOnPath> packets = PathUnderTest.Send(random, words, delay, loss: random.Next(15), copies: random.Next(20));

            // A packet per millisecond. A packet is missed when a later one arrives; it comes within the delay after that.
            using WindowUnderTest window = new(random.Between(45, 1024), hold: random.Between(delay + 1, 25));
            Run(window, packets, random, millisecondsPerUnit: 1, batchTime: 1);

            AssertDelivered(seed, window, packets.Select(p => (uint)p.Sent).Distinct().Order());
            Assert.That(window.Statistics.Late, Is.Zero);
            Assert.That(window.Statistics.Lost, Is.EqualTo(LostOf(packets)), $"seed {seed}");
        }
    }

    /// <summary>Any delay, window and hold time: every frame that arrives is delivered exactly once.</summary>
    [Test]
    public void Nothing_is_lost_but_copies_and_nothing_is_delivered_twice()
    {
        for (int seed = 1; seed <= Sequences; seed++)
        {
            FastRandom random = new((ulong)seed);
            uint[] words = PathUnderTest.Count(random, random.Between(5, 120));
            List<PacketOnPath> packets = PathUnderTest.Send(random, words, random.Next(200), loss: random.Next(30), copies: random.Next(40));
            using WindowUnderTest window = new(random.Between(1, 80), hold: random.Next(30));
            Run(window, packets, random, millisecondsPerUnit: random.Next(3), batchTime: random.Between(1, 40));

            IEnumerable<uint> expected = packets.Select(p => (uint)p.Sent).Distinct().Order();
            window.Delivered.Sort();
            AssertDelivered(seed, window, expected);
            Assert.That(window.Statistics.Duplicate, Is.EqualTo(packets.Count - window.Delivered.Count), $"seed {seed}");
            Assert.That(window.Statistics.Lost, Is.EqualTo(LostOf(packets)), $"seed {seed}");
        }
    }

    /// <summary>A peer that begins anew, changes its format, or mixes in packets without a number: every frame is delivered.</summary>
    [Test]
    public void Restarts_and_changes_of_format_lose_nothing()
    {
        for (int seed = 1; seed <= Sequences; seed++)
        {
            FastRandom random = new((ulong)seed);
            uint[] words = Lives(random);
            List<PacketOnPath> packets = PathUnderTest.Send(random, words, random.Next(40), loss: random.Next(10), copies: random.Next(10));
            using WindowUnderTest window = new(random.Between(1, 100), hold: random.Next(30), restartRun: random.Between(2, 16));
            Run(window, packets, random, millisecondsPerUnit: random.Chance(5) ? 1500 : random.Next(3), batchTime: random.Between(1, 40));

            AssertDelivered(seed, window, packets.Select(p => (uint)p.Sent).Distinct().Order(), atLeast: true);
            Assert.That(window.Statistics.Packets, Is.EqualTo(packets.Count), $"seed {seed}");
            Assert.That(window.Statistics.Lost, Is.Not.Negative, $"seed {seed}");
        }
    }

    /// <summary>One to four lives of a peer after one another, each with its own numbers; some with words without any between.</summary>
    private static uint[] Lives(FastRandom random)
    {
        List<uint> words = [];
        for (int life = random.Between(1, 4); life > 0; life--)
        {
            uint[] numbers = PathUnderTest.Count(random, random.Between(3, 40));
            int unnumbered = random.Chance(50) ? 0 : random.Next(60);
            bool flips = random.Chance(50);
            for (int i = 0; i < numbers.Length; i++)
            {
                bool isUnnumbered = flips ? i / 10 % 2 == 1 : random.Chance(unnumbered);
                words.Add(isUnnumbered ? 0 : numbers[i]);
            }
        }

        return [.. words];
    }

    private static void Run(WindowUnderTest window, List<PacketOnPath> packets, FastRandom random, int millisecondsPerUnit, int batchTime)
    {
        int last = 0;
        int turnAt = batchTime;
        foreach (PacketOnPath packet in packets)
        {
            if (packet.ArrivesAt >= turnAt || window.IsFull)
            {
                window.Turn();
                window.Wait((packet.ArrivesAt - last) * millisecondsPerUnit);
                last = packet.ArrivesAt;
                turnAt = packet.ArrivesAt + random.Between(1, batchTime);
            }

            window.Add(packet.Word, (uint)packet.Sent, packet.Length);
        }

        window.Turn();
        window.Wait(1000);
        Assert.That(window.Resequencer.FramesHeld, Is.Zero);
    }

    /// <summary>Numbers that never came, up to the last that did.</summary>
    private static int LostOf(List<PacketOnPath> packets) => packets.Max(p => p.Sent) + 1 - packets.Select(p => p.Sent).Distinct().Count();

    private static void AssertDelivered(int seed, WindowUnderTest window, IEnumerable<uint> expected, bool atLeast = false)
    {
        uint[] marks = [.. expected];
        uint[] delivered = atLeast ? [.. window.Delivered.Distinct().Order()] : [.. window.Delivered];
        if (!delivered.AsSpan().SequenceEqual(marks))
            Assert.Fail($"seed {seed}: expected {string.Join(' ', marks)}\nbut got {string.Join(' ', delivered)}");
    }
}
