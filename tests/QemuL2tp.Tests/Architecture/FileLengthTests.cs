using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Architecture;

public class FileLengthTests
{
    private const int MaxLines = 400;

    [Test]
    public void A_source_file_has_at_most_400_lines_or_its_first_comment_says_why()
    {
        IEnumerable<string> findings = Repository.SourcesUnder("src")
            .Where(path => IsTooLong(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(Repository.Root, path));

        Assert.That(findings, Is.Empty);
    }

    [TestCase("", ExpectedResult = true)]
    [TestCase("// The protocol's states.\n", ExpectedResult = true)]
    [TestCase("// More than 400 lines: one table, which is easier to read in one piece.\n", ExpectedResult = false)]
    [TestCase("// The table of states.\n// More than 400 lines because it is read in one piece.\n", ExpectedResult = false)]
    public bool A_file_that_is_too_long_is_found(string start) => IsTooLong(start + new string('\n', MaxLines + 1));

    private static bool IsTooLong(string source) =>
        source.Count(c => c == '\n') > MaxLines
        && !source.Split('\n').TakeWhile(line => line.StartsWith("//", StringComparison.Ordinal))
            .Any(line => line.Contains("400 lines", StringComparison.Ordinal));

    [Test]
    public void A_file_of_400_lines_is_not_too_long() => Assert.That(IsTooLong(new string('\n', MaxLines)), Is.False);
}
