using System.Globalization;
using NUnit.Framework.Interfaces;

namespace QemuL2tp.Integration.Runner;

/// <summary>Prints a line as each case ends, and counts.</summary>
/// <param name="tally">Of the cases.</param>
/// <param name="report">Of the cases.</param>
/// <param name="watchdog">Told of each beginning and end.</param>
internal sealed class LineReporter(Tally tally, JUnitReport report, Watchdog watchdog) : ITestListener
{
    public void TestStarted(ITest test) => watchdog.Note(NameFilter.NameOf(test));

    public void TestFinished(ITestResult result)
    {
        watchdog.Note($"what follows {NameFilter.NameOf(result.Test)}");
        // A suite only repeats its cases, except when its own tear-down failed.
        if (result.Test.IsSuite && !(result.ResultState.Site == FailureSite.TearDown && result.ResultState.Status == TestStatus.Failed))
        {
            return;
        }

        string name = NameFilter.NameOf(result.Test);
        switch (result.ResultState.Status)
        {
            case TestStatus.Passed or TestStatus.Warning:
                tally.Passed++;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PASSED {name} {result.Duration:0.0} s"));
                break;
            case TestStatus.Skipped or TestStatus.Inconclusive:
                tally.Skipped++;
                Console.WriteLine($"SKIPPED {name}: {result.Message}");
                break;
            default:
                tally.Failed++;
                Console.WriteLine($"FAILED {name}");
                FailureList.Add($"{name}: {result.Message}");
                Indent(result.Message);
                Indent(result.StackTrace);
                break;
        }

        Indent(result.Output);
        report.Add(name, result);
    }

    public void TestOutput(TestOutput output)
    {
    }

    public void SendMessage(TestMessage message)
    {
    }

    private static void Indent(string? text)
    {
        if (!string.IsNullOrWhiteSpace(text))
        {
            Console.WriteLine("    " + text.Trim().ReplaceLineEndings("\n    "));
        }
    }
}
