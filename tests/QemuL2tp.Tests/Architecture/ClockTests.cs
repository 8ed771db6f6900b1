using System.Text.RegularExpressions;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Architecture;

/// <summary>
/// No test decides by a clock, a pace, a count of wake-ups or a port that was free a moment ago: it waits for the thing itself
/// (<see cref="Until"/>), and what measures prints. Where the words of clocks stand all the same, a comment that begins with "Clock:", in
/// the line or right above it, says why that is sound.
/// </summary>
public sealed partial class ClockTests
{
    /// <summary>Where waiting and measuring is made for everybody else.</summary>
    private static readonly string[] s_exempt = ["tests/QemuL2tp.Tests/TestSupport/Until.cs", "tests/QemuL2tp.Tests/Architecture/ClockTests.cs", "tests/QemuL2tp.Benchmarks/", "integration/performance/"];

    private static IEnumerable<string> Sources => new[] { "tests", "integration" }
        .SelectMany(Repository.SourcesUnder)
        .Select(path => Path.GetRelativePath(Repository.Root, path))
        .Where(path => !s_exempt.Any(exempt => path.StartsWith(exempt, StringComparison.Ordinal)));

    [Test]
    public void A_test_waits_for_the_thing_itself()
    {
        List<string> findings = [.. Sources.SelectMany(path => Check(File.ReadAllLines(Path.Combine(Repository.Root, path))).Select(line => $"{path}:{line}"))];

        Assert.That(findings, Is.Empty, $"{string.Join('\n', findings)}\nWait with Until, or print what is measured; else say why in a comment \"Clock: ...\".");
    }

    [Test]
    public void The_sources_are_found() =>
        Assert.That(Sources, Does.Contain("tests/QemuL2tp.Tests/EventLoop/WorkerTests.cs").And.Contain("integration/scenarios/Idle.cs"));

    [TestCase("Thread.Sleep(100);", ExpectedResult = 1)]
    [TestCase("await Task.Delay(100);", ExpectedResult = 1)]
    [TestCase("var watch = Stopwatch.StartNew();", ExpectedResult = 1)]
    [TestCase("long end = Environment.TickCount64 + 5;", ExpectedResult = 1)]
    [TestCase("using var end = new CancellationTokenSource(200);", ExpectedResult = 1)]
    [TestCase("end.CancelAfter(10);", ExpectedResult = 1)]
    [TestCase("Assert.That(() => x, Is.Zero.After(3000, 10));", ExpectedResult = 1)]
    [TestCase("socket.ReceiveTimeout = 3000;", ExpectedResult = 1)]
    [TestCase("line.StartsWith(\"voluntary_ctxt_switches\")", ExpectedResult = 1)]
    [TestCase("int port = FreeTcpPort();", ExpectedResult = 1)]
    [TestCase("process.WaitForExit(500)", ExpectedResult = 1)]
    [TestCase("child.WaitForExit(TimeSpan.FromSeconds(5))", ExpectedResult = 1)]
    [TestCase("Thread.Sleep(0); // Clock: gives the processor away, and waits for nothing.", ExpectedResult = 0)]
    [TestCase("// Clock: it is printed.\nvar watch = Stopwatch.StartNew();", ExpectedResult = 0)]
    [TestCase("Assert.That(() => x, Is.Zero.After(Until.PatienceMilliseconds, 10));", ExpectedResult = 0)]
    [TestCase("socket.ReceiveTimeout = Until.PatienceMilliseconds;", ExpectedResult = 0)]
    [TestCase("process.WaitForExit(Until.Patience)", ExpectedResult = 0)]
    [TestCase("// Thread.Sleep(100) would be wrong here.", ExpectedResult = 0)]
    public int A_clock_is_found(string source) => Check(source.Split('\n')).Count();

    private static IEnumerable<string> Check(string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            string code = lines[i].Split("//")[0];
            bool hasReason = lines[i].Contains("// Clock: ", StringComparison.Ordinal) || (i > 0 && lines[i - 1].TrimStart().StartsWith("// Clock: ", StringComparison.Ordinal));
            if (!hasReason && Clock().Match(code) is { Success: true } match)
                yield return $"{i + 1}: {match.Value}";
        }
    }

    [GeneratedRegex(
        """
        Thread\.Sleep\( | Task\.Delay\( | Stopwatch\.(StartNew|GetTimestamp) | Environment\.TickCount | DateTime(Offset)?\.(Utc)?Now
        | new\ CancellationTokenSource\([^)] | CancelAfter\( | \.After\((?!.*[Pp]atience) | (Receive|Send)Timeout\ =\ (?!.*[Pp]atience)
        | ctxt_switches | SpinWait\.SpinUntil | Free(Tcp|Udp)?Port\( | WaitForExit\((?!\)|(TimeSpan\ )?[\w.]*[Pp]atience\))
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Clock();
}
