using System.Reflection;
using System.Runtime.InteropServices;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Runner;

/// <summary>
/// <c>[--list] [--add PASSED,FAILED,SKIPPED] [--merge JUNIT.XML] [name…]</c> runs the scenarios whose name contains one of the
/// given texts, or all but those in <c>performance</c>, and none that is in the report to be merged already; <c>quickstart</c> shows one guest and one Linux peer instead. Started by
/// <c>integration/run</c> and <c>qemu-scripts/quickstart</c>, which prepare what it needs.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, EndAtOnce);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndAtOnce);
        if (arguments is ["quickstart"])
        {
            return QuickStart.Run();
        }

        bool list = false;
        var tally = new Tally();
        var report = new JUnitReport(Path.Combine(Settings.Results, "junit.xml"));
        var names = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--list":
                    list = true;
                    break;
                case "--add" when i + 1 < arguments.Length && Tally.TryParse(arguments[i + 1], out Tally earlier):
                    tally = earlier;
                    i++;
                    break;
                case "--merge" when i + 1 < arguments.Length:
                    report.Merge(arguments[++i]);
                    break;
                case var option when option.StartsWith('-'):
                    Console.Error.WriteLine($"unknown option {option}; known: --list, name…");
                    return 2;
                case var name:
                    names.Add(name);
                    break;
            }
        }

        tally += report.Count();
        var filter = new NameFilter(names, measurements: list, report.Has);
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        // One at a time: the machines share two processors and some scenarios measure time.
        runner.Load(Assembly.GetExecutingAssembly(), new Dictionary<string, object> { ["NumberOfTestWorkers"] = 0 });
        if (list)
        {
            Print(runner.ExploreTests(filter));
            return 0;
        }

        if (runner.CountTestCases(filter) == 0)
        {
            Console.Error.WriteLine($"no scenario has a name with {string.Join(" or ", names)}; see --list");
            return 2;
        }

        Directory.CreateDirectory(Settings.Results);
        using (var watchdog = new Watchdog(what => GiveUp(what, tally, report)))
            runner.Run(new LineReporter(tally, report, watchdog), filter);
        Close(tally, report);
        return tally.Failed == 0 ? 0 : 1;
    }

    private static void GiveUp(string what, Tally tally, JUnitReport report)
    {
        Console.WriteLine($"FAILED {what}; what its processes said is in {Path.Combine(Settings.Results, "logs")}");
        tally.Failed++;
        FailureList.Add(what);
        Close(tally, report);
        Child.KillAll();
        Environment.Exit(1);
    }

    private static void Close(Tally tally, JUnitReport report)
    {
        report.Write();
        FailureList.Print();
        Console.WriteLine(tally);
    }

    private static void EndAtOnce(PosixSignalContext context)
    {
        context.Cancel = true;
        Child.KillAll();
        Environment.Exit(130);
    }

    private static void Print(ITest test)
    {
        if (!test.IsSuite)
        {
            Console.WriteLine(NameFilter.NameOf(test));
        }

        foreach (ITest inner in test.Tests)
        {
            Print(inner);
        }
    }
}
