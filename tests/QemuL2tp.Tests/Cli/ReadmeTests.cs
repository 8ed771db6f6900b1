using System.Text.RegularExpressions;
using QemuL2tp.Cli.Commands;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>README.md names what the program has, and nothing else.</summary>
internal sealed class ReadmeTests
{
    private static readonly string s_text = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Test]
    public void The_table_of_keys_is_the_parsers_table() =>
        Assert.That(
            NamesIn("## Options of `-netdev l2tpv3`", @"`([a-z][a-z0-9-]*)`"),
            Is.EquivalentTo(L2tpv3OptionTable.Rows.Select(row => row.Name)));

    [TestCaseSource(nameof(Commands))]
    public void Each_command_has_its_table_of_options(Command command) =>
        Assert.That(
            NamesIn(command.Name.Length == 0 ? "## Options of the program" : $"### Options of `qemu-l2tp {command.Name}`", @"`--([a-z-]+)"),
            Is.EquivalentTo(command.Options.Select(option => option.Name).Concat(command == CommandTable.Default ? ["help", "version"] : [])));

    [Test]
    public void The_table_of_the_control_socket_is_that_of_its_commands()
    {
        using var qmp = new QmpUnderTest();
        Assert.That(NamesIn("## Control socket", "`([a-z_-]+)`").Except(["id", "x-frontend"]), Is.EquivalentTo(new QmpCommands(qmp, qmp.Log).Names));
    }

    private static IEnumerable<TestCaseData> Commands() =>
        CommandTable.All.Where(command => command.Options.Length > 0).Select(command => new TestCaseData(command).SetArgDisplayNames(command.FullName));

    /// <summary>What the first column of the first table behind a heading names.</summary>
    private static IEnumerable<string> NamesIn(string heading, string pattern)
    {
        string section = s_text[(s_text.IndexOf(heading, StringComparison.Ordinal) + heading.Length)..];
        IEnumerable<string> rows = section.Split('\n').SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2);
        return rows.SelectMany(row => Regex.Matches(row.Split('|')[1], pattern).Select(match => match.Groups[1].Value));
    }
}
