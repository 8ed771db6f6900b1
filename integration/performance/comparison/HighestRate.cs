namespace QemuL2tp.Performance;

/// <summary>
/// Searches for the highest rate at which less than 0.1 % is lost. Without back pressure a sender that is too fast
/// only proves that sockets overflow. What a large socket buffer takes in is no gain: time runs until the last frame
/// has come through.
/// </summary>
internal sealed class HighestRate(Func<Lane, ulong, Burst> send)
{
    private const double AllowedLoss = 0.001;

    /// <summary>A rate that fails by less than this is tried once more: other work on the machine is no loss of the forwarder.</summary>
    private const double DoubtfulLoss = 0.02;

    /// <summary>The search ends when the best rate and one that is too fast are so close.</summary>
    private const double Resolution = 1.04;

    /// <summary>Later rounds begin at the rate found before, and go up by at most this.</summary>
    private const double NextRound = 1.25;
    private readonly Dictionary<(Row Row, Forwarder Forwarder), Sample> _found = [];

    public Sample Search(Lane lane)
    {
        double tooFast, next;
        ulong errors = 0;
        if (_found.TryGetValue((lane.Row, lane.Forwarder), out Sample? before) && before.FramesPerSecond > 0)
        {
            tooFast = before.FramesPerSecond * NextRound;
            next = before.FramesPerSecond;
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
            Burst burst = send(lane, (ulong)next);
            errors += burst.Sample.Errors;
            if (burst.Sample.Loss is >= AllowedLoss and < DoubtfulLoss)
            {
                burst = send(lane, (ulong)next);
                errors += burst.Sample.Errors;
            }

            if (burst.Sample.Loss >= AllowedLoss)
            {
                tooFast = next;
            }
            else
            {
                best = best is null || burst.Sample.FramesPerSecond > best.FramesPerSecond ? burst.Sample : best;
                bestRate = next;
                if (burst.SentPerSecond < next * 0.95)
                {
                    // The generator itself is not faster.
                    break;
                }
            }

            next = best is null ? tooFast / 1.2 : Math.Sqrt(tooFast * bestRate);
        }

        best = (best ?? new Sample(0, null, 1, 0)) with { Errors = errors };
        _found[(lane.Row, lane.Forwarder)] = best;
        return best;
    }
}

/// <summary>Traffic from a standstill to a standstill.</summary>
internal sealed record Burst(Sample Sample, double SentPerSecond);
