using System.Diagnostics;
using QemuL2tp.Peers.Reading;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>The words that a command gets are those that the system's own shell gives it.</summary>
public sealed class ShellDifferential
{
    [TestCase("ip l2tp add 'a b' \"c d\" e\\ f g\"h\"'i'j \"\" ''")]
    [TestCase("A=1 B='x y'\nip l2tp add $A \"$B\" $B ${A} a$A-${B}c \"${B}\"'$A' \\$A '$A'")]
    [TestCase("E=\nip l2tp add $E \"$E\" a$E$E end ${E}")]
    [TestCase("A=x; B=$A.y; C=\"$B z\"; D=$C\nip l2tp add $D \"$D\"")]
    [TestCase("f() { ip l2tp add in f; }\nf")]
    [TestCase("ip l2tp add a \\\n  b\\\nc # comment\nip l2tp add 2 >/dev/null d 2>&1 </dev/null e")]
    [TestCase("if true; then ip l2tp add a; fi && ip l2tp add b || ip l2tp add c; (ip l2tp add d) ; { ip l2tp add e; }")]
    [TestCase("cat <<EOF >/dev/null\nip l2tp add not\n'\nEOF\nip l2tp add a <<'X'\n$(\nX\nip l2tp add b")]
    [TestCase("ip l2tp add a\\\"b \"a\\\"b\" \"a\\$b\" \"a\\b\" 'a\\b' \"a'b\" 'a\"b'")]
    [TestCase("ip l2tp add a#b # c\n#ip l2tp add d\nip l2tp add 'x\ny'")]
    [TestCase("N=1; ip l2tp add ${N:-2} ${N-3} ${N:?no} ${N?no}")]
    [TestCase("true && ip l2tp add a; ! ip l2tp add b; ip l2tp add c & wait")]
    public void Words_are_those_of_the_shell(string script)
    {
        string[] found = [.. CommandFinder.Find(script, []).Where(command => command.Kind == CommandKind.IpL2tp).Select(command => string.Join('|', command.Words))];
        string[] run = Run($"ip() {{ shift; printf '%s' \"$1\"; shift; for w in \"$@\"; do printf '|%s' \"$w\"; done; printf '\\001'; }} >&9\n{script}");
        // What the shell does not run because of what came before is there too.
        Assert.That(run, Is.SubsetOf(found));
        Assert.That(run, Is.Not.Empty);
    }

    private static string[] Run(string script)
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec 9>&1\n" + script]) { RedirectStandardOutput = true })!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output.Split('\u0001', StringSplitOptions.RemoveEmptyEntries);
    }
}
