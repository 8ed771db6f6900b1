using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Tests.Relay;

public class ImpairedPathTests
{
    private static readonly Impairment s_all = new()
    {
        Loss = 0.05,
        Duplication = 0.05,
        Reordering = 0.2,
        Corruption = 0.1,
        Delay = TimeSpan.FromMilliseconds(3),
        Jitter = TimeSpan.FromMilliseconds(5),
    };

    [Test]
    public void Without_impairment_everything_leaves_at_once_as_it_came()
    {
        var path = new Run(Impairment.None, seed: 1);
        for (int i = 0; i < 1000; i++)
        {
            path.Take(i);
            Assert.That(path.Out, Has.Count.EqualTo(i + 1));
            Assert.That(path.Out[i], Is.EqualTo(Run.Packet(i)));
        }

        Assert.That(path.Log.Departures.Select(departure => departure.Number), Is.EqualTo(Enumerable.Range(0, 1000)));
    }

    [Test]
    public void The_same_seed_does_the_same()
    {
        List<byte[]> once = Impaired(s_all, seed: 7).Out;
        Assert.That(Impaired(s_all, seed: 7).Out, Is.EqualTo(once));
        Assert.That(Impaired(s_all, seed: 8).Out, Is.Not.EqualTo(once));
    }

    [Test]
    public void What_is_lost_does_not_depend_on_the_other_impairments()
    {
        IReadOnlyList<int> dropped = Impaired(s_all, seed: 3).Log.Dropped;
        Assert.That(dropped, Is.Not.Empty);
        Assert.That(Impaired(new Impairment { Loss = s_all.Loss }, seed: 3).Log.Dropped, Is.EqualTo(dropped));
    }

    [Test]
    public void Rates_are_as_asked([Values(1, 2, 3)] int seed)
    {
        RelayLog log = Impaired(s_all, seed, packets: 20_000).Log;
        double left = log.Arrived - log.Dropped.Count;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(log.Dropped.Count / (double)log.Arrived, Is.EqualTo(0.05).Within(0.01), "loss");
            Assert.That(log.Duplicated.Count / left, Is.EqualTo(0.05).Within(0.01), "duplication");
            Assert.That(log.Corrupted.Count / left, Is.EqualTo(0.1).Within(0.01), "corruption");
            Assert.That(log.Moved.Count / (left + log.Duplicated.Count), Is.EqualTo(0.2).Within(0.01), "reordering");
            Assert.That(log.Moved.Average(move => move.Shift), Is.EqualTo(8.5).Within(0.3), "mean shift");
        }
    }

    [Test]
    public void The_log_accounts_for_every_packet()
    {
        Run path = Impaired(s_all, seed: 4);
        RelayLog log = path.Log;
        int[] expected = [.. Enumerable.Range(0, log.Arrived).Except(log.Dropped), .. log.Duplicated];
        Assert.That(log.Departures.Select(departure => departure.Number), Is.EquivalentTo(expected));
        Assert.That(path.Out.Select(Run.NumberOf).Zip(log.Departures).Count(pair => pair.First != pair.Second.Number), Is.Zero);
    }

    [Test]
    public void A_moved_packet_is_overtaken_by_exactly_the_packets_it_waits_for()
    {
        var path = new Run(new Impairment { Reordering = 0.2, MaximumShift = 16 }, seed: 5);
        path.Take(0, 2000);
        path.Flush();
        List<int> order = [.. path.Log.Departures.Select(departure => departure.Number)];
        Assert.That(path.Log.Moved, Is.Not.Empty);
        HashSet<int> moved = [.. path.Log.Moved.Select(move => move.Number)];
        foreach (Move move in path.Log.Moved.Where(move => move.Number + move.Shift < 2000))
        {
            IEnumerable<int> straight = order.Take(order.IndexOf(move.Number)).Where(number => number > move.Number && !moved.Contains(number));
            IEnumerable<int> due = Enumerable.Range(move.Number + 1, move.Shift).Where(number => !moved.Contains(number));
            Assert.That(straight, Is.EqualTo(due), $"before {move}");
            Assert.That(move.Shift, Is.InRange(1, 16));
        }
    }

    [Test]
    public void A_moved_packet_does_not_wait_longer_than_allowed()
    {
        var path = new Run(new Impairment { Reordering = 1, MaximumShift = 16, ShiftTime = TimeSpan.FromMilliseconds(5) }, seed: 6);
        path.Take(0);
        Assert.That(path.Due, Is.EqualTo(TimeSpan.FromMilliseconds(5)));
        path.Release(TimeSpan.FromMilliseconds(4.9));
        Assert.That(path.Out, Is.Empty);
        path.Release(TimeSpan.FromMilliseconds(5));
        Assert.That(path.Out, Has.Count.EqualTo(1));
        Assert.That(path.Due, Is.Null);
    }

    [Test]
    public void Delay_keeps_the_order_and_jitter_does_not()
    {
        var delay = TimeSpan.FromMilliseconds(10);
        var steady = new Run(new Impairment { Delay = delay }, seed: 9);
        steady.Take(0, 100);
        Assert.That(steady.Due, Is.EqualTo(delay));
        steady.Release(delay - TimeSpan.FromTicks(1));
        Assert.That(steady.Out, Is.Empty);
        steady.Release(delay);
        Assert.That(steady.Out.Select(Run.NumberOf), Is.EqualTo(Enumerable.Range(0, 100)));

        var jittery = new Run(new Impairment { Delay = delay, Jitter = delay }, seed: 9);
        jittery.Take(0, 100);
        jittery.Release(1.5 * delay);
        Assert.That(jittery.Out, Has.Count.InRange(30, 70));
        jittery.Release(2 * delay);
        Assert.That(jittery.Out.Select(Run.NumberOf), Is.EquivalentTo(Enumerable.Range(0, 100)).And.Not.Ordered);
    }

    [Test]
    public void Corruption_inverts_one_bit()
    {
        var path = new Run(new Impairment { Corruption = 1 }, seed: 10);
        path.Take(0, 500);
        for (int i = 0; i < 500; i++)
        {
            int bits = path.Out[i].Zip(Run.Packet(i)).Sum(pair => int.PopCount(pair.First ^ pair.Second));
            Assert.That(bits, Is.EqualTo(1));
        }
    }

    [Test]
    public void A_restart_loses_what_is_held_and_says_so()
    {
        var path = new Run(new Impairment { Reordering = 1, Duplication = 1 }, seed: 11);
        path.Take(0);
        path.Forget();
        path.Flush();
        Assert.That(path.Out, Is.Empty);
        Assert.That(path.Log.Forgotten, Is.EquivalentTo(new Departure[] { new(0, IsCopy: false), new(0, IsCopy: true) }));
    }

    private static Run Impaired(Impairment impairment, int seed, int packets = 2000)
    {
        var path = new Run(impairment, seed);
        path.Take(0, packets);
        path.Flush();
        return path;
    }

    private sealed class Run
    {
        private readonly ImpairedPath _path;

        public Run(Impairment impairment, int seed) => _path = new ImpairedPath(seed, Out.Add) { Impairment = impairment };

        public List<byte[]> Out { get; } = [];

        public RelayLog Log => _path.Log;

        public TimeSpan? Due => _path.Due;

        /// <summary>Its number twice: one bit inverted does not hide it.</summary>
        public static byte[] Packet(int number) => [.. BitConverter.GetBytes(number), .. BitConverter.GetBytes(number), .. BitConverter.GetBytes(number)];

        public static int NumberOf(byte[] packet)
        {
            int[] numbers = [.. Enumerable.Range(0, 3).Select(i => BitConverter.ToInt32(packet, 4 * i))];
            return numbers.GroupBy(number => number).MaxBy(group => group.Count())!.Key;
        }

        public void Take(int number) => _path.Take(Packet(number), TimeSpan.Zero);

        public void Take(int first, int count)
        {
            for (int i = first; i < first + count; i++)
            {
                Take(i);
            }
        }

        public void Release(TimeSpan now) => _path.Release(now);

        public void Flush() => _path.Flush();

        public void Forget() => _path.Forget();
    }
}
