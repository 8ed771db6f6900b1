using System.Globalization;
using QemuL2tp.Integration.Peers;
using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// What one end of an impaired path got, beside what it must have got. Everything here follows from the order in which
/// packets left the relay, by the meaning of the words and without a window: a packet is late when a later one was
/// delivered before it, a duplicate when it was there before, lost when it never left.
/// </summary>
internal sealed class ReceivingEnd
{
    private readonly string _name;
    private readonly RelayLog _log;
    private readonly Statistics _statistics;

    public ReceivingEnd(string name, RelayLog log, IReadOnlyList<int> received, Statistics statistics)
    {
        (_name, _log, _statistics, Received) = (name, log, statistics, received);
        Arrivals = [.. log.Departures.Select(departure => departure.Number)];
        FirstArrivals = [.. Arrivals.Distinct()];
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {log.Arrived} sent, {log.Dropped.Count} dropped, {log.Duplicated.Count} doubled, {log.Moved.Count} moved; {CountOutOfOrder(Arrivals)} arrived out of order, {OutOfOrder} delivered out of order"));
    }

    /// <summary>The numbers of the frames that the guest got.</summary>
    public IReadOnlyList<int> Received { get; }

    /// <summary>The numbers of all packets in the order they left the relay.</summary>
    public IReadOnlyList<int> Arrivals { get; }

    /// <summary>The same without those that had been there before.</summary>
    public IReadOnlyList<int> FirstArrivals { get; }

    /// <summary>Packets that arrived before every later one.</summary>
    public int Records => FirstArrivals.Count - CountOutOfOrder(FirstArrivals);

    /// <summary>Frames that the guest got after a later one.</summary>
    public int OutOfOrder => CountOutOfOrder(Received);

    /// <summary>
    /// How many go on at once with a window and without a limit of time: those that nothing is waited for when they come. The
    /// window slides no further than the newest number makes it.
    /// </summary>
    public int InOrderWith(int window)
    {
        var waiting = new SortedSet<int>();
        int expected = 0;
        int atOnce = 0;
        foreach (int number in FirstArrivals)
        {
            while (number - expected > window && waiting.Count > 0)
            {
                expected = waiting.Min;
                LetGo();
            }

            if (number == expected || number - expected > window)
            {
                atOnce++;
                expected = number + 1;
                LetGo();
            }
            else
            {
                waiting.Add(number);
            }
        }

        return atOnce;

        void LetGo()
        {
            while (waiting.Remove(expected))
            {
                expected++;
            }
        }
    }

    /// <summary>Compares some counts, and those that do not depend on the window.</summary>
    public void AssertCounted(params (string Name, long Count)[] counts)
    {
        (string, long)[] expected =
        [
            .. counts,
            ("lost", _log.Dropped.Count),
            ("duplicate", Arrivals.Count - FirstArrivals.Count),
            ("restarted", 0),
            ("pinned", 0),
            ("unplaced", 0),
        ];
        Assert.That(Text(expected.Select(row => (row.Item1, Counted(row.Item1)))), Is.EqualTo(Text(expected)), $"{_name}: {_statistics.Text}");
    }

    private static string Text(IEnumerable<(string Name, long Count)> rows) =>
        string.Join(", ", rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Name} {row.Count}")));

    // "a and b" is the sum of two.
    private long Counted(string name) => name.Split(" and ").Sum(_statistics.Received);

    private static int CountOutOfOrder(IEnumerable<int> numbers)
    {
        int newest = -1;
        int count = 0;
        foreach (int number in numbers)
        {
            count += number < newest ? 1 : 0;
            newest = Math.Max(newest, number);
        }

        return count;
    }
}
