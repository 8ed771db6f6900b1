using System.Diagnostics;

namespace QemuL2tp.Performance;

/// <summary>What is done with a lane to fill a row.</summary>
internal sealed class Measurement
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_runIn = TimeSpan.FromMilliseconds(200);
    private readonly TimeSpan _duration;
    private readonly HighestRate _highestRate;

    public Measurement(TimeSpan duration)
    {
        _duration = duration;
        // A search takes many of them.
        _highestRate = new HighestRate((lane, rate) => Send(lane, rate, duration / 2));
    }

    /// <summary>The same traffic for two seconds, the same for every forwarder: code is compiled, memory is touched.</summary>
    public static void WarmUp(Lane lane)
    {
        if (lane.Row.Load == Load.Latency)
        {
            lane.RoundTrips(s_warmUp);
        }
        else
        {
            Send(lane, lane.Row.Pace, s_warmUp);
        }
    }

    public Sample Take(Lane lane) => lane.Row.Load switch
    {
        Load.Latency => Latency(lane),
        Load.TunnelPlain or Load.TunnelSegment or Load.Both => _highestRate.Search(lane),
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
        Thread.Sleep(_duration);
        (TimeSpan cpuAfter, Counts after, long end) = Look(lane);
        lane.Settle();
        double arrived = (after - counts).Arrived;
        return SampleOf(lane.Board.Counts - begin, arrived, Stopwatch.GetElapsedTime(start, end), cpuAfter - cpu);
    }

    /// <summary>From a standstill to a standstill, so that every frame and all of its cost are accounted for.</summary>
    private static Burst Send(Lane lane, ulong rate, TimeSpan duration)
    {
        (TimeSpan cpu, Counts before, long start) = Look(lane);
        lane.Board.Rate = rate / (ulong)lane.Row.Ways;
        lane.Board.Running = true;
        Thread.Sleep(duration);
        TimeSpan sending = Stopwatch.GetElapsedTime(start);
        long end = lane.Settle();
        Counts all = lane.Board.Counts - before;
        return new Burst(
            SampleOf(all, all.Arrived, Stopwatch.GetElapsedTime(start, end), CpuClock.Of(lane.Process.Id) - cpu),
            all.Sent / sending.TotalSeconds);
    }

    private Sample Latency(Lane lane)
    {
        TimeSpan cpu = CpuClock.Of(lane.Process.Id);
        IReadOnlyList<double> printed = lane.RoundTrips(_duration);
        TimeSpan used = CpuClock.Of(lane.Process.Id) - cpu;
        double trips = printed[0];
        return new Sample(trips / _duration.TotalSeconds, used.TotalSeconds / (2 * trips) * 1e6, 0, (ulong)printed[3])
        {
            Median = printed[1],
            Percentile99 = printed[2],
        };
    }

    private static (TimeSpan Cpu, Counts Counts, long Time) Look(Lane lane) =>
        (CpuClock.Of(lane.Process.Id), lane.Board.Counts, Stopwatch.GetTimestamp());

    private static Sample SampleOf(Counts all, double arrived, TimeSpan elapsed, TimeSpan cpu) => new(
        arrived / elapsed.TotalSeconds,
        arrived > 0 ? cpu.TotalSeconds / arrived * 1e6 : null,
        all.Sent == 0 ? 0 : 1 - ((double)all.Arrived / all.Sent),
        all.Disordered + all.Corrupt);
}
