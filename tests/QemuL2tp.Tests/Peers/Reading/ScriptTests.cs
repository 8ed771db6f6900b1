using static QemuL2tp.Tests.Peers.Reading.ReadText;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>Scripts and pages as people have them: constants, here-documents, substitutions, prose.</summary>
public sealed class ScriptTests
{
    [TestCase("LOCAL=10.0.0.2\nREMOTE='10.0.0.1'\nID=1\nSID=\"${ID}\"\n", "$LOCAL", "\"$REMOTE\"", "${SID}", TestName = "constants")]
    [TestCase("NET=10.0.0\nexport LOCAL=$NET.2 REMOTE=${NET}.1\nreadonly SID=1\n", "\"${LOCAL}\"", "$REMOTE", "${SID:-5}", TestName = "one constant made of another, declarations")]
    [TestCase("if true; then LOCAL=10.0.0.2; fi; REMOTE=10.0.0.1 SID=0x1\n", "$LOCAL", "$REMOTE", "${SID:?missing}", TestName = "several in a line")]
    [TestCase("a() { SID=1; }\nb() { SID=1; }\nLOCAL=\\\n10.0.0.2; REMOTE=10.0.\"0\".1\n", "$LOCAL", "$REMOTE", "$SID", TestName = "twice the same value")]
    public void Constants_are_used(string head, string local, string remote, string session) => ExpectOne(
        $"{head}ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local {local} remote {remote}\nip l2tp add session tunnel_id 1 session_id {session} peer_session_id 2");

    [Test]
    public void A_functions_own_variable_hides_the_scripts() => ExpectOne(
        $"ID=9\nup() {{\n local ID=1\n {AddTunnel.Replace("tunnel_id 1", "tunnel_id $ID")}\n {Session.Replace("tunnel_id 1", "tunnel_id $ID")}\n}}\ndown() {{ local ID=5; }}");

    [Test]
    public void A_variable_with_blanks_is_several_words_outside_of_quotes() => ExpectOne(
        $"ENDS=\"local 10.0.0.2 remote 10.0.0.1\"\nIP=/sbin/ip\nrun=\n$run $IP l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip $ENDS\n{Session}");

    [TestCase("", "$1", "'local $1': it is known only when the script runs")]
    [TestCase("", "$LOCAL", "'local $LOCAL': nothing in this text assigns LOCAL")]
    [TestCase("LOCAL=$(hostname -I)", "$LOCAL", "LOCAL is assigned by '$(hostname -I)' in line 1")]
    [TestCase("LOCAL=`hostname -I`", "$LOCAL", "LOCAL is assigned by '`hostname -I`' in line 1")]
    [TestCase("LOCAL=$1", "${LOCAL}", "LOCAL is assigned by '$1' in line 1")]
    [TestCase("LOCAL=${LOCAL:-10.0.0.2}", "$LOCAL", "LOCAL is assigned by '${LOCAL:-10.0.0.2}' in line 1")]
    [TestCase("[ a ] && LOCAL=10.0.0.2 || LOCAL=10.0.0.3", "$LOCAL", "LOCAL has more than one value, in line 1")]
    [TestCase("if a; then LOCAL=10.0.0.2; else LOCAL=10.0.0.3; fi", "$LOCAL", "LOCAL has more than one value, in line 1")]
    [TestCase("LOCAL=10.0.0; LOCAL+=.2", "$LOCAL", "LOCAL is assigned by '+=' in line 1")]
    [TestCase("for LOCAL in 10.0.0.2; do", "$LOCAL", "LOCAL is assigned by 'for' in line 1")]
    [TestCase("while read -r LOCAL; do", "$LOCAL", "LOCAL is assigned by 'read' in line 1")]
    [TestCase("LOCAL=10.0.0.2; ((LOCAL++))", "$LOCAL", "LOCAL is assigned by 'arithmetic' in line 1")]
    [TestCase("LOCAL=(10.0.0.2)", "$LOCAL", "LOCAL is assigned by '(10.0.0.2)' in line 1")]
    [TestCase("LOCAL=(10.0.0.2)", "${LOCAL[0]}", "'local ${LOCAL[0]}': it is known only when the script runs")]
    [TestCase("LOCAL=10.0.0.2/24", "${LOCAL%/*}", "'local ${LOCAL%/*}': it is known only when the script runs")]
    [TestCase("A=$B; B=$A", "$A", "'local $A': ")]
    [TestCase("f() { local LOCAL=10.0.0.2; }", "$LOCAL", "LOCAL is assigned in another function only")]
    [TestCase("LOCAL=", "$LOCAL", "'local' has no value")]
    public void What_is_known_only_when_the_script_runs_is_named(string head, string local, string message) =>
        ExpectError($"{head}\nip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip remote 10.0.0.1 local {local}\n{Session}", message, "Write ");

    [TestCase("| tee -a /etc/rc.local")]
    [TestCase("|| sh")]
    [TestCase("; sh")]
    public void What_is_written_elsewhere_is_warned_of(string end) =>
        Assert.That(Read($"{AddTunnel}\n{Session}\necho '{Session} name b' {end}").Warnings, Is.EqualTo(new[] { "line 3: the command behind 'echo' is passed over, for it is not run here" }));

    [Test]
    public void A_constant_that_comes_too_late_is_named() =>
        ExpectError($"{AddTunnel.Replace("10.0.0.2", "$L")}\n{Session}\nL=10.0.0.2", "line 1: 'local $L': L is assigned only later, in line 3", "in place of $L");

    [Test]
    public void The_name_of_the_interface_need_not_be_known() =>
        Assert.That(Read($"{AddTunnel}\n{Session} name $IF").Warnings, Is.EqualTo(new[] { "line 2: 'name $IF': nothing in this text assigns IF; the pseudowire gets a name of its own" }));

    [TestCase($"It's set up like this:\n{AddTunnel}\n{Session}", TestName = "one apostrophe")]
    [TestCase($"I'm doing this:\n{AddTunnel}\n{Session}\nand that's it", TestName = "an apostrophe above and below")]
    [TestCase($"It's Bob's, and that's 5\" wide:\n{AddTunnel}\n{Session}\nthe hosts' end", TestName = "many")]
    [TestCase($"# don't\n{AddTunnel} # it's\n{Session}", TestName = "in comments")]
    [TestCase($"cat <<EOF\nDon't forget\nEOF\n{AddTunnel}\n{Session}", TestName = "in a here-document")]
    [TestCase($"cat <<-'E O'\n\tDon't forget $(\n\tE O\n{AddTunnel}\n{Session}", TestName = "in a quoted here-document with tabs")]
    [TestCase($"a << b, in prose\n{AddTunnel}\n{Session}", TestName = "two angle brackets in prose")]
    [TestCase($"GW=`ip route | grep '^default' | cut -d\\  -f3`\n{AddTunnel}\n{Session}", TestName = "back quotes with quotes inside")]
    [TestCase($"GW=$(ip route | awk '{{print \"(\" $3}}')\n{AddTunnel}\n{Session}", TestName = "a substitution with quotes inside")]
    [TestCase($"out=$({AddTunnel} 2>&1) || exit\n{Session} >&2", TestName = "a command in a substitution")]
    [TestCase($"ip l2tp del session tunnel_id 1 session_id 1 || true\nip l2tp del tunnel tunnel_id 1 2>/dev/null || :\n{AddTunnel}\n{Session}", TestName = "del")]
    [TestCase($"{AddTunnel} || die \"ip l2tp add tunnel failed\"\n{Session} || {{ echo \"can't\"; exit 1; }}", TestName = "messages")]
    [TestCase($"while ! ip l2tp show tunnel | grep -q 'AddTunnel 1'; do\n{AddTunnel}\nsleep 1\ndone\n{Session}", TestName = "a loop")]
    [TestCase($"So:\n```bash\n{AddTunnel}\n{Session}\n```\nthat's `it`.", TestName = "a fence")]
    [TestCase($"  pre-up {AddTunnel}\n  pre-up {Session}", TestName = "ifupdown")]
    [TestCase($"ExecStart=/sbin/{AddTunnel}\nExecStart=-/sbin/{Session}", TestName = "a systemd unit")]
    [TestCase($"sudo sh -ec '\n{AddTunnel}\n{Session}\n'", TestName = "a shell's text")]
    [TestCase($"run \"{AddTunnel}\"\nsystem('{Session}');", TestName = "commands in quotes")]
    [TestCase($"- `{AddTunnel}`\n- `{Session}`, then `ip link`", TestName = "back quotes of Markdown")]
    [TestCase($"echo '{AddTunnel}' | sh\necho {Session} | sudo bash", TestName = "what is written into a shell")]
    [TestCase($"{AddTunnel}\necho 'l2tp add session tunnel_id 1 session_id 1 peer_session_id 2' | ip -batch -", TestName = "what is written into ip -batch")]
    [TestCase($"su - -c '{AddTunnel}; {Session}'", TestName = "su")]
    [TestCase($"CMD='{AddTunnel}'\neval \"$CMD\"\n{Session}", TestName = "eval")]
    [TestCase($"sudo ip -batch - <<EOF\nl2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local 10.0.0.2 remote 10.0.0.1\nl2tp add session tunnel_id 1 session_id 1 peer_session_id 2\nEOF", TestName = "a batch")]
    [TestCase($"R=10.0.0.1\ncat <<EOF | ssh A sh\nip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local 10.0.0.2 remote $R\n{Session}\nEOF", TestName = "a here-document that is run, with a constant")]
    [TestCase("l2tpv3tun add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local 10.0.0.2 remote 10.0.0.1\nl2tpv3tun add session tunnel_id 1 session_id 1 peer_session_id 2", TestName = "l2tpv3tun")]
    [TestCase($"# ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 \\\n#   encap ip local 10.0.0.2 remote 10.0.0.1\n# {Session}", TestName = "root's prompt")]
    [TestCase($"root #{AddTunnel}\nroot #{Session}", TestName = "a prompt with a blank")]
    public void It_is_read(string text) => ExpectOne(text);

    [TestCase($"cat > /etc/rc.local <<EOF\n{AddTunnel}\nEOF\n{AddTunnel}\n{Session}", "line 2: commands in the text up to EOF are passed over")]
    [TestCase($"echo \"{AddTunnel}\"\n{AddTunnel}\n{Session}", "line 1: the command behind 'echo' is passed over")]
    [TestCase($"# {AddTunnel}\n{AddTunnel}\n{Session}", "line 1: the command behind '#' is passed over")]
    [TestCase($"{AddTunnel}\n{Session}\nset interfaces l2tpv3 l2tpeth0 remote 10.0.0.1", "line 3: this is configuration of VyOS")]
    public void What_is_passed_over_is_told(string text, string warning)
    {
        (string[] lines, string[] warnings) = Read(text);
        Assert.That(lines, Is.EqualTo(new[] { Ours }));
        Assert.That(warnings, Has.One.StartsWith(warning));
    }

    [TestCase($"cat <<EOF\n{AddTunnel}\n{Session}\nEOF", "that is run; line 2: commands in the text up to EOF", "as they are typed")]
    [TestCase($"the 'old\n{AddTunnel}\nway'\n{Session}", "line 1: there are commands for L2TP inside of quotes, for 'the'", "apostrophe")]
    [TestCase("'\n" + AddTunnel + "\n" + Session, "line 1: a quote ' has no end", "Close it")]
    public void What_is_hidden_is_refused(string text, string message, string remedy) => ExpectError(text, message, remedy);
}
