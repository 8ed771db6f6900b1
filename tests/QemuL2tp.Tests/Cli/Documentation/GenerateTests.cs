using QemuL2tp.Cli.Documentation;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Documentation;

/// <summary><c>qemu-l2tp generate</c>.</summary>
internal sealed class GenerateTests : ProgramTest
{
    [TestCase("man", ".TH QEMU\\-L2TP 1")]
    [TestCase("bash", "# bash completion for qemu-l2tp")]
    [TestCase("zsh", "#compdef qemu-l2tp")]
    [TestCase("fish", "# fish completion for qemu-l2tp")]
    [TestCase("numbers", "<!-- Written by `qemu-l2tp generate numbers`. -->")]
    public void Prints_what_is_asked_for(string kind, string start) =>
        Assert.That(Run(0, "generate", kind).Output, Does.StartWith(start).And.EndsWith("\n"));

    [TestCase(new[] { "generate" }, "one word is needed: man|bash|zsh|fish|numbers")]
    [TestCase(new[] { "generate", "man", "bash" }, "one word is needed: man|bash|zsh|fish|numbers")]
    [TestCase(new[] { "generate", "tcsh" }, "'tcsh' cannot be generated: write man, bash, zsh, fish or numbers")]
    public void Anything_else_is_wrong_usage(string[] arguments, string message) =>
        Assert.That(Run(2, arguments).Errors, Does.Contain(message));

    [TestCase("Ends. And goes on.", "Ends")]
    [TestCase("One sentence.", "One sentence")]
    public void The_first_sentence_of_a_help_text_is_its_brief(string help, string brief) =>
        Assert.That(Completion.Brief(help), Is.EqualTo(brief));
}
