using System.Diagnostics;

namespace QemuL2tp.Performance;

/// <summary>What is done with a lane to fill a row.</summary>
internal sealed class Measurement(TimeSpan duration)
{
    private const double AllowedLoss = 0.001;

    /// <summary>A rate that fails by less than this is tried once more: other work on the machine is no loss of the forwarder.</summary>
    private const double DoubtfulLoss = 0.02;

    /// <summary>The search ends when the best and the next rate are so close.</summary>
    private const double Resolution = 1.04;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_runIn = TimeSpan.FromMilliseconds(200);

    /// <summary>The same traffic for two seconds, the same for every forwarder: code is compiled, memory is touched.</summary>
    public static void WarmUp(Lane lane)
    {
        if (lane.Row.Load == Load.Latency)
        {
            lane.RoundTrips(s_warmUp);
            return;
        }

        lane.Board.Rate = lane.Row.Pace;
        lane.Board.Running = true;
        Thread.Sleep(s_warmUp);
        lane.Settle();
    }

    public Sample Take(Lane lane) => lane.Row.Load switch
    {
        Load.Latency => Latency(lane),
        Load.TunnelPlain or Load.TunnelSegment => HighestRate(lane),
        _ => Throughput(lane),
    };

    /// <summary>A window in the middle of the traffic; loss and errors are those of all of it.</summary>
    private Sample Throughput(Lane lane)
    {
        Counts begin = lane.Board.Counts;
        lane.Board.Rate = lane.Row.Pace;
        lane.Board.Running = true;
        Thread.Sleep(s_runIn);
        (TimeSpan cpu, Counts counts, long start) = Look(lane);
        Thread.Sleep(duration);
        (TimeSpan cpuAfter, Counts after, long end) = Look(lane);
        lane.Settle();
        Counts all = lane.Board.Counts - begin;
        double arrived = (after - counts).Arrived;
        return new Sample(
            arrived / Stopwatch.GetElapsedTime(start, end).TotalSeconds,
            PerMillion(cpuAfter - cpu, arrived),
            LossOf(all),
            all.Disordered + all.Corrupt);
    }

    /// <summary>
    /// The highest rate at which less than 0.1 % is lost. Without back pressure a sender that is too fast only proves
    /// that sockets overflow.
    /// </summary>
    private Sample HighestRate(Lane lane)
    {
        Sample full = Burst(lane, rate: 0);
        if (full.Loss < AllowedLoss || full.FramesPerSecond < 1)
        {
            return full;
        }

        ulong errors = full.Errors;
        double tooFast = full.FramesPerSecond / (1 - full.Loss);
        double next = full.FramesPerSecond * 0.95;
        Sample? best = null;
        while (next > 1000 && (best is null || tooFast / best.FramesPerSecond > Resolution))
        {
            Sample sample = Burst(lane, (ulong)next);
            errors += sample.Errors;
            if (sample.Loss is >= AllowedLoss and < DoubtfulLoss)
            {
                sample = Burst(lane, (ulong)next);
                errors += sample.Errors;
            }

            if (sample.Loss >= AllowedLoss)
            {
                tooFast = next;
            }
            else if (sample.FramesPerSecond < next * 0.95)
            {
                // The generator itself is not faster.
                best = best is null || sample.FramesPerSecond > best.FramesPerSecond ? sample : best;
                break;
            }
            else
            {
                best = sample;
            }

            next = best is null ? tooFast / 1.5 : Math.Sqrt(tooFast * best.FramesPerSecond);
        }

        return (best ?? full with { FramesPerSecond = 0, CpuPerMillion = null }) with { Errors = errors };
    }

    /// <summary>Traffic from a standstill to a standstill, so that every frame is accounted for.</summary>
    private Sample Burst(Lane lane, ulong rate)
    {
        (TimeSpan cpu, Counts before, long start) = Look(lane);
        lane.Board.Rate = rate;
        lane.Board.Running = true;
        Thread.Sleep(duration);
        lane.Board.Running = false;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        lane.Settle();
        TimeSpan used = CpuClock.Of(lane.Process.Id) - cpu;
        Counts counts = lane.Board.Counts - before;
        return new Sample(
            counts.Arrived / elapsed.TotalSeconds,
            PerMillion(used, counts.Arrived),
            LossOf(counts),
            counts.Disordered + counts.Corrupt);
    }

    private Sample Latency(Lane lane)
    {
        TimeSpan cpu = CpuClock.Of(lane.Process.Id);
        IReadOnlyList<double> printed = lane.RoundTrips(duration);
        TimeSpan used = CpuClock.Of(lane.Process.Id) - cpu;
        double trips = printed[0];
        return new Sample(trips / duration.TotalSeconds, PerMillion(used, 2 * trips), 0, (ulong)printed[3])
        {
            Median = printed[1],
            Percentile99 = printed[2],
        };
    }

    private static (TimeSpan Cpu, Counts Counts, long Time) Look(Lane lane) =>
        (CpuClock.Of(lane.Process.Id), lane.Board.Counts, Stopwatch.GetTimestamp());

    private static double? PerMillion(TimeSpan cpu, double frames) => frames > 0 ? cpu.TotalSeconds / frames * 1e6 : null;

    private static double LossOf(Counts counts) => counts.Sent == 0 ? 0 : 1 - ((double)counts.Arrived / counts.Sent);
}
