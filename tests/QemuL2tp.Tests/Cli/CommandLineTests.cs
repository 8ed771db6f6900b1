using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

internal sealed class CommandLineTests : ProgramTest
{
    private const string Hint = "Try 'qemu-l2tp --help'; it shows examples.\n";

    [Test]
    public void Without_arguments_it_says_what_is_missing_and_points_at_help() =>
        ExpectWrongUsage("no pseudowire: -netdev l2tpv3,... is missing");

    [TestCase("--bogus", "unknown option --bogus")]
    [TestCase("-x", "unknown option -x")]
    [TestCase("-pidfile", "unknown option -pidfile; did you mean --pid-file?")]
    [TestCase("--netdevs", "unknown option --netdevs; did you mean --netdev?")]
    [TestCase("--netdev", "--netdev needs a value: --netdev l2tpv3,...")]
    [TestCase("--frontend", "--frontend needs a value: --frontend stream|dgram|vhost-user|socket,...")]
    [TestCase("--one-off=yes", "--one-off takes no value: leave out '=yes'")]
    [TestCase("--log-level=loud", "--log-level 'loud' is not understood: write error, warning, info or debug")]
    [TestCase("--log-level=3", "--log-level '3' is not understood: write error, warning, info or debug")]
    [TestCase("--ready-fd=x", "--ready-fd 'x' is not the number of a descriptor: write 3, for example")]
    [TestCase("--ready-fd=-1", "--ready-fd '-1' is not the number of a descriptor: write 3, for example")]
    [TestCase("--fd=x", "--fd 'x' is not the number of a descriptor: write 3, for example")]
    [TestCase("-socket-path", "--socket-path needs a value: --socket-path PATH")]
    [TestCase("--print-capabilities=on", "--print-capabilities takes no value: leave out '=on'")]
    [TestCase("--exit-fd=", "--exit-fd '' is not the number of a descriptor: write 3, for example")]
    [TestCase("--exit-fd=99999999999", "--exit-fd '99999999999' is not the number of a descriptor: write 3, for example")]
    public void A_wrong_option_is_named(string argument, string message) => ExpectWrongUsage(message, argument);

    [Test]
    public void An_option_that_follows_is_no_value() =>
        ExpectWrongUsage("--frontend needs a value: --frontend stream|dgram|vhost-user|socket,...", "-netdev", Netdev(), "--frontend", "--one-off");

    [TestCase("--netdev", "TEXT", "stray")]
    [TestCase("--netdev=TEXT", "stray")]
    [TestCase("--netdev", "TEXT", "--one-off", "stray")]
    [TestCase("--netdev", "TEXT", "--", "stray")]
    public void A_stray_word_is_not_taken_for_anything(params string[] arguments)
    {
        string word = arguments.Contains("--") ? "--" : "stray";
        ExpectWrongUsage(
            $"unexpected argument '{word}': write the text of an option as one word, items separated by commas without spaces, in quotes where the shell needs them",
            [.. arguments.Select(argument => argument.Replace("TEXT", Netdev(), StringComparison.Ordinal))]);
    }

    [TestCase("help", "unknown command 'help': write qemu-l2tp --help, or qemu-l2tp COMMAND --help")]
    [TestCase("run", "unknown command 'run': leave it out: a back end is started by its options alone, qemu-l2tp -netdev l2tpv3,...")]
    [TestCase("Stats", "unknown command 'Stats': numbers of a running one are printed on SIGUSR1, and answered to query-netdev-stats on its --qmp socket")]
    [TestCase("chek", "unknown command 'chek'; did you mean check?")]
    [TestCase("stray", "unknown command 'stray': there are exec, check, peer-config, generate; without one, options come first, as in qemu-l2tp -netdev l2tpv3,...")]
    [TestCase("/etc/vm.conf", "unexpected argument '/etc/vm.conf': for a configuration file write --config /etc/vm.conf; QEMU is started by qemu-l2tp exec -- /etc/vm.conf ...")]
    [TestCase("qemu-system-x86_64", "unknown command 'qemu-system-x86_64': QEMU is started by qemu-l2tp exec -- qemu-system-x86_64 ...")]
    [TestCase("l2tpv3,id=a", "unexpected argument 'l2tpv3,id=a': write -netdev in front of it")]
    [TestCase("stream,server=on", "unexpected argument 'stream,server=on': write --frontend in front of it")]
    public void A_first_word_that_is_no_command_gets_the_sentence_that_helps(string word, string message) => ExpectWrongUsage(message, word);

    [TestCase("--help")]
    [TestCase("-help")]
    [TestCase("-h")]
    public void Help_goes_to_stdout_with_examples_and_every_key(string argument)
    {
        ProgramProcess help = Run(0, argument);
        Assert.That(help.Errors, Is.Empty);
        Assert.That(help.Output, Does.Contain("Examples:").And.Contain("  qemu-l2tp -netdev l2tpv3,id=net0,src=10.0.0.1"));
        string[] options = ["--netdev", "--net", "--frontend", "--socket-path", "--fd", "--print-capabilities", "--ready-fd", "--exit-fd", "--one-off", "--pid-file", "--log-level", "--help", "--version"];
        foreach (string name in options.Concat(L2tpv3OptionTable.Rows.Select(row => row.Name)).Concat(FrontendParser.Keys["vhost-user"].Keys))
            Assert.That(help.Output, Does.Match($"(?m)^  {name}\\b"));
    }

    [TestCase("--version")]
    [TestCase("-version")]
    public void The_version_goes_to_stdout(string argument) =>
        Assert.That(Run(0, argument).Output, Does.Match("^qemu-l2tp [0-9]+\\.[0-9]+\\.[0-9]+\n$"));

    private void ExpectWrongUsage(string message, params string[] arguments)
    {
        ProgramProcess process = Run(2, arguments);
        Assert.That(process.Errors, Is.EqualTo($"qemu-l2tp: {message}\n{Hint}"));
        Assert.That(process.Output, Is.Empty);
    }
}
