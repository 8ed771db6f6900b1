namespace QemuL2tp.Performance;

/// <summary>
/// Measures rows: all forwarders of a row are up at once, and take turns in every round. Each second round goes the other way, for what
/// a processor has just done is good or bad for whoever comes next. A row for which our program lacks a feature is not measured.
/// </summary>
internal sealed class Benchmark(int rounds, TimeSpan duration)
{
    private readonly Measurement _measurement = new(duration);

    public Result Run(Row row)
    {
        var result = new Result(row);
        List<Contestant> contestants = [.. Forwarder.In(row).Select(forwarder => new Contestant(row, forwarder, _measurement))];
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                IEnumerable<Contestant> turns = round % 2 == 0 ? contestants : contestants.AsEnumerable().Reverse();
                foreach (Contestant one in turns.TakeWhile(_ => contestants[0].NotOffered is null))
                {
                    result.Add(one.Forwarder, one.Take());
                }
            }

            contestants.ForEach(one => result.Resident[one.Forwarder.Name] = one.Resident);
        }
        finally
        {
            contestants.ForEach(one => one.Dispose());
        }

        contestants.ForEach(one => result.Failures[one.Forwarder.Name] = one.Failures);
        contestants.ForEach(one => result.NotOffered[one.Forwarder.Name] = one.NotOffered);
        return result;
    }
}
