namespace QemuL2tp.Performance;

/// <summary>
/// Searches for the highest rate at which less than 0.1 % is lost. Without back pressure a sender that is too fast
/// only proves that sockets overflow. What a large socket buffer takes in is no gain: time runs until the last frame
/// has come through.
/// </summary>
internal sealed class HighestRate(Func<Lane, ulong, Burst> send)
{
    private const double AllowedLoss = 0.001;

    /// <summary>A loss below this, or a sender that falls behind, is tried again: it may be other work on the machine.</summary>
    private const double DoubtfulLoss = 0.02;
    private const int Attempts = 3;

    /// <summary>The sender has kept a rate when it sent at least this much of it.</summary>
    private const double Kept = 0.95;

    /// <summary>The search ends when the best rate and one that is too fast are so close.</summary>
    private const double Resolution = 1.04;

    /// <summary>Later rounds begin at the best rate of the earlier ones, and go up by at most this.</summary>
    private const double NextRound = 1.25;
    private readonly Dictionary<(Row Row, Forwarder Forwarder), double> _found = [];

    public Sample Search(Lane lane)
    {
        double tooFast, next;
        ulong errors = 0;
        if (_found.TryGetValue((lane.Row, lane.Forwarder), out double before))
        {
            tooFast = before * NextRound;
            next = before;
        }
        else
        {
            Burst full = send(lane, 0);
            if (full.Sample.Loss < AllowedLoss || full.Sample.FramesPerSecond < 1)
            {
                return full.Sample;
            }

            errors = full.Sample.Errors;
            tooFast = full.SentPerSecond;
            next = Math.Min(full.Sample.FramesPerSecond, tooFast) * 0.95;
        }

        Sample? best = null;
        double bestRate = 0;
        while (next > 1000 && (best is null || tooFast / bestRate > Resolution))
        {
            Burst burst = Try(lane, next, ref errors);
            if (burst.Sample.Loss >= AllowedLoss)
            {
                tooFast = next;
            }
            else
            {
                best = best is null || burst.Sample.FramesPerSecond > best.FramesPerSecond ? burst.Sample : best;
                bestRate = next;
                if (burst.SentPerSecond < next * Kept)
                {
                    // The sender itself is not faster.
                    break;
                }
            }

            next = best is null ? tooFast / 1.2 : Math.Sqrt(tooFast * bestRate);
        }

        best = (best ?? new Sample(0, null, 1, 0)) with { Errors = errors };
        if (best.FramesPerSecond > before)
        {
            _found[(lane.Row, lane.Forwarder)] = best.FramesPerSecond;
        }

        return best;
    }

    /// <summary>The best of a few attempts; one that succeeds, or fails beyond doubt, is the last.</summary>
    private Burst Try(Lane lane, double rate, ref ulong errors)
    {
        Burst? best = null;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Burst burst = send(lane, (ulong)rate);
            errors += burst.Sample.Errors;
            bool passed = burst.Sample.Loss < AllowedLoss;
            if (best is null || (passed && (best.Sample.Loss >= AllowedLoss || burst.SentPerSecond > best.SentPerSecond)))
            {
                best = burst;
            }

            if (passed ? burst.SentPerSecond >= rate * Kept : burst.Sample.Loss >= DoubtfulLoss)
            {
                break;
            }
        }

        return best!;
    }
}

/// <summary>Traffic from a standstill to a standstill.</summary>
internal sealed record Burst(Sample Sample, double SentPerSecond);
