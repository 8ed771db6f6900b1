using QemuL2tp.Integration.Runner;

namespace QemuL2tp.Performance;

/// <summary>Every row for a moment: frames arrive intact and in order. Nothing here depends on time.</summary>
internal static class Smoke
{
    /// <summary>So slow that a machine under load loses nothing in a socket.</summary>
    private const ulong GentleRate = 2000;
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(300);

    /// <summary>For the first frame, on a machine that has other things to do.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static Tally Run(IEnumerable<Row> rows)
    {
        var tally = new Tally();
        bool qemu = true;
        foreach (Row row in rows)
        {
            Case(tally, row, Forwarder.Ours, complete: true);
            if (qemu && row.FrontEnd == FrontEnd.Stream)
            {
                // Once, to see that the yardstick still works.
                Case(tally, row, Forwarder.Qemu, complete: false);
                qemu = false;
            }
        }

        return tally;
    }

    private static void Case(Tally tally, Row row, Forwarder forwarder, bool complete)
    {
        string? problem;
        try
        {
            using var lane = new Lane(row, forwarder);
            problem = row.Load == Load.Latency ? RoundTrips(lane) : Full(lane) ?? Gentle(lane, complete);
        }
        catch (NotOfferedException exception)
        {
            tally.Skipped++;
            Console.WriteLine($"SKIPPED {row.Name} ({forwarder.Name}): {exception.Message}");
            return;
        }
        catch (InvalidOperationException exception)
        {
            problem = exception.Message.Trim();
        }

        if (problem is null)
        {
            tally.Passed++;
            Console.WriteLine($"PASSED {row.Name} ({forwarder.Name})");
        }
        else
        {
            tally.Failed++;
            Console.WriteLine($"FAILED {row.Name} ({forwarder.Name}): {problem}");
        }
    }

    private static string? Full(Lane lane)
    {
        Counts counts = Burst(lane, rate: 0, lossIsCertain: 2);
        return counts.Arrived == 0 ? $"nothing arrived of {counts}" : ProblemOf(counts);
    }

    private static string? Gentle(Lane lane, bool complete)
    {
        Counts counts = Burst(lane, GentleRate, complete ? s_patience.TotalSeconds : 2);
        // Some of those before may have been late.
        return complete && counts.Arrived < counts.Sent ? $"not all arrived: {counts}" : ProblemOf(counts);
    }

    private static string? RoundTrips(Lane lane) =>
        lane.RoundTrips(s_moment) is [_, _, _, var bad] && bad > 0 ? $"{bad} frames did not come back as they were" : null;

    private static Counts Burst(Lane lane, ulong rate, double lossIsCertain)
    {
        Counts before = lane.Board.Counts;
        lane.Board.Rate = rate;
        lane.Board.Running = true;
        DateTime end = DateTime.UtcNow + s_patience;
        do
        {
            Thread.Sleep(s_moment);
        }
        while (lane.Board.Counts.Arrived == before.Arrived && DateTime.UtcNow < end);

        lane.Settle(lossIsCertain);
        return lane.Board.Counts - before;
    }

    private static string? ProblemOf(Counts counts) =>
        counts.Disordered + counts.Corrupt > 0 ? $"out of order or damaged: {counts}" : null;
}
