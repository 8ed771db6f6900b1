using System.Runtime.InteropServices;
using QemuL2tp.Integration.Peers;
using QemuL2tp.Integration.Runner;
using QemuL2tp.Performance;

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, EndAtOnce);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndAtOnce);
if (Options.Parse(args, out string error) is not { } options)
{
    Console.Error.WriteLine(error);
    return 2;
}

IReadOnlyList<Row> rows = Rows.Named(options.Names);
if (options.List)
{
    foreach (Row row in rows)
    {
        Console.WriteLine($"{row.Name,-27}{row.Title}");
    }

    return 0;
}

VethPair.Build();
if (options.Smoke)
{
    Tally tally = Smoke.Run(rows);
    Console.WriteLine(tally);
    return tally.Failed == 0 ? 0 : 1;
}

try
{
    return Compare();
}
catch (InvalidOperationException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

int Compare()
{
    var machine = Machine.Describe();
    var duration = TimeSpan.FromSeconds(options.Seconds);
    var benchmark = new Benchmark(options.Rounds, duration);
    var results = new List<Result>();
    Console.WriteLine(FormattableString.Invariant($"{machine}; medians of {options.Rounds} rounds of {options.Seconds} s\n"));
    foreach (Row row in rows)
    {
        if (results.Count == 0 || results[^1].Row.FrontEnd != row.FrontEnd)
        {
            Console.WriteLine($"{(results.Count == 0 ? "" : "\n")}{MarkdownTable.Head(row.FrontEnd)}");
        }

        results.Add(benchmark.Run(row));
        Console.WriteLine(MarkdownTable.Line(results[^1]));
        // After each row, so that an interrupted run leaves what it has.
        JsonReport.Write(Path.Combine(Settings.Results, "performance.json"), machine, options.Rounds, duration, results);
    }

    string resident = results.Max(result => result.Resident.GetValueOrDefault(Forwarder.Ours.Name)) is { } most
        ? FormattableString.Invariant($"{most:0.0} MB (the most at the end of a row)")
        : "not measured";
    Console.WriteLine(FormattableString.Invariant($"\nqemu-l2tp: start to ready {Startup.Median():0} ms (median), resident set {resident}"));
    Chart.Write(Path.Combine(Settings.Results, "performance.png"), machine, results);
    return results.TrueForAll(result => result.OursIsSound) ? 0 : 1;
}

static void EndAtOnce(PosixSignalContext context)
{
    context.Cancel = true;
    Child.KillAll();
    Environment.Exit(130);
}
