using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>What <c>qemu-l2tp generate</c> writes, in the hands of the programs that read it.</summary>
[TestFixture]
public sealed class Documentation
{
    private static readonly Dictionary<string, string> s_lines = new()
    {
        ["-netdev l2tpv3,dstp"] = "-netdev l2tpv3,dstport=",
        ["--netdev=l2tpv3,src=::1,pinc"] = "--netdev=l2tpv3,src=::1,pincounter=",
        ["--frontend vhost-user,x-p"] = "--frontend vhost-user,x-poll-us=",
        ["--log-level w"] = "--log-level warning",
        ["--thr"] = "--threads",
        ["exec --dry"] = "exec --dry-run",
        ["peer-config --for vy"] = "peer-config --for vyos",
        ["gener"] = "generate",
        ["generate f"] = "generate fish",
        ["--pid-file /etc/hostn"] = "--pid-file /etc/hostname",
    };

    [OneTimeSetUp]
    public void Generate()
    {
        Lab.NeedsQemuL2tp();
        Child.Shell($"""
            cd {Settings.RunDirectory}
            {Settings.Program} generate man >qemu-l2tp.1
            {Settings.Program} generate bash >completion.bash
            {Settings.Program} generate zsh >_qemu-l2tp
            {Settings.Program} generate fish >completion.fish
            """);
    }

    [Test]
    public void The_manual_page_has_no_mistake()
    {
        Needs("man");
        Assert.That(Shell("LC_ALL=C.UTF-8 MANROFFOPT=-ww man --warnings -l qemu-l2tp.1 2>&1 >page"), Is.Empty);
        Assert.That(Shell("cat page"), Does.Contain("-netdev l2tpv3"));
    }

    [Test]
    public void Bash_completes() => Expect("bash --norc -i", "source completion.bash; qemu-l2tp() { echo \"<$*>\"; }");

    [Test]
    public void Zsh_completes()
    {
        Needs("zsh");
        Expect("zsh -f -i", "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; qemu-l2tp() { print -r -- \"<$*>\" }");
    }

    [Test]
    public void Fish_completes()
    {
        Needs("fish");
        foreach ((string typed, string becomes) in s_lines)
        {
            Assert.That(
                Shell($"fish --no-config -c \"source completion.fish; complete -C 'qemu-l2tp {typed}'\""),
                Does.Match($@"(?m)^{becomes.Split(' ')[^1]}(\t|$)"));
        }
    }

    /// <summary>A person waits for the shell, the longer the slower the machine is: what is not completed is typed once more, slower.</summary>
    private static void Expect(string shell, string setup)
    {
        string shown = "";
        foreach (double pause in new[] { 0.3, 1, 5, 15 })
        {
            shown = Typed(shell, setup, pause);
            if (s_lines.Values.All(becomes => shown.Contains($"\n<{becomes}>", StringComparison.Ordinal)))
                return;
        }

        Assert.Multiple(() =>
        {
            foreach (string becomes in s_lines.Values)
                Assert.That(shown, Does.Contain($"\n<{becomes}>"));
        });
    }

    private static void Needs(string program)
    {
        if (Child.Shell($"command -v {program} || true").Length == 0)
            Assert.Ignore($"{program} is not installed");
    }

    private static string Typed(string shell, string setup, double pause) =>
        Shell(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"PAUSE={pause} {Settings.Sources}/integration/peers/typed '{shell}' '{setup}' {string.Join(' ', s_lines.Keys.Select(text => $"'qemu-l2tp {text}'"))}")).Replace("\r", "");

    private static string Shell(string text) => Child.Shell($"cd {Settings.RunDirectory}; {text}", minutes: 10);
}
