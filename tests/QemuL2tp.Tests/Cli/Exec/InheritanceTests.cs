using System.Text.RegularExpressions;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Exec;

/// <summary>QEMU finds its process as it would if it had been started directly.</summary>
internal sealed partial class InheritanceTests : ExecTest
{
    // The parent of the program has these limits, as a shell or a service manager has.
    private const string Shell = "ulimit -Sn 500; umask 027; exec 7</dev/null; {0} \"$@\"; exit $?";

    private static readonly string[] s_facts = ["environment", "signals", "limits", "process", "session", "descriptors"];

    [TestCase("env --default-signal")]
    [TestCase("env --default-signal --ignore-signal=HUP,INT,QUIT,USR1,TSTP")]
    [TestCase("env --default-signal --block-signal=USR2,TERM,WINCH")]
    [TestCase("env --default-signal -u HOME A=1 B= C=é")]
    public void Everything_but_the_replaced_words_and_three_sockets_is_the_same(string prefix)
    {
        string shell = Shell.Replace("{0}", prefix, StringComparison.Ordinal);
        Assert.That(StartCommand(["/bin/bash", "-c", shell, "bash", FakeQemu, "-S"]).WaitForExit(), Is.Zero);
        Dictionary<string, string[]> direct = s_facts.ToDictionary(name => name, Fact);
        Assert.That(StartByShell(shell, Exec("-netdev", Netdev(), "-netdev", Netdev("net1"))).WaitForExit(), Is.Zero);

        Assert.That(direct["limits"], Has.Some.Match("open files +500 "), "the comparison has something to compare");
        foreach (string name in s_facts[..^1])
            Assert.That(Fact(name), Is.EqualTo(direct[name]), name);
        string[] more = [.. Kinds(Fact("descriptors")).Except(Kinds(direct["descriptors"]))];
        Assert.That(more, Has.Length.EqualTo(3).And.All.Matches(@"^\d+ socket:$"), "one for each pseudowire, and one to end with the back end");
        Assert.That(Kinds(direct["descriptors"]), Is.SubsetOf(Kinds(Fact("descriptors"))));
        Assert.That(Fact("files"), Is.Empty, "sockets of the runtime");
    }

    [Test]
    public void Words_arrive_byte_for_byte()
    {
        // Not UTF-8, empty, with a line feed, and what looks like options of ours.
        ProgramProcess process = StartByShell(
            "exec \"$@\" -name $'caf\\xe9' '' $'a\\nb' --dry-run -- -drive file=$'\\xff\\xfe,,é'", Exec("-netdev", Netdev()));
        Assert.That(process.WaitForExit(), Is.Zero, process.Errors);

        byte[] arguments = File.ReadAllBytes(Path.Combine(FileName("facts"), "arguments"));
        byte[] expected = [.. "\0-name\0caf"u8, 0xe9, .. "\0\0a\nb\0--dry-run\0--\0-drive\0file="u8, 0xff, 0xfe, .. ",,é\0"u8];
        Assert.That(arguments[^expected.Length..], Is.EqualTo(expected));
    }

    /// <summary>Without the numbers that make each socket and pipe another.</summary>
    private static IEnumerable<string> Kinds(string[] descriptors) => descriptors.Select(line => Number().Replace(line, ""));

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Number();
}
