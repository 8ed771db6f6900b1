using static QemuL2tp.Tests.Peers.Reading.ReadText;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>One tunnel ID several times in one text: functions, namespaces and hosts tell them apart.</summary>
public sealed class WhereItRunsTests
{
    [TestCase($"a() {{\n {UdpTunnel}\n {Session}\n}}\nb() {{\n {AddTunnel}\n {Session}\n}}\n", TestName = "two functions")]
    [TestCase($"function a {{ {UdpTunnel}; {Session}; }}\nfunction b()\n{{\n {AddTunnel}; {Session}\n}}\n", TestName = "functions by the word function")]
    [TestCase($"case $1 in\nu) {UdpTunnel}\n {Session} ;;\n'i') {AddTunnel}; {Session};;\nesac", TestName = "branches of a case")]
    [TestCase($"if u; then\n{UdpTunnel}\n{Session}\nelse\n{AddTunnel}\n{Session}\nfi", TestName = "branches of an if")]
    [TestCase($"{UdpTunnel}\n{Session}\nip l2tp del tunnel tunnel_id 1 || true\n{AddTunnel}\n{Session}", TestName = "one after the other")]
    public void A_session_belongs_to_the_nearest_tunnel_above(string text) => ExpectSources(text, "udp", "10.0.0.1");

    [TestCase($"ip netns exec A {AddTunnel}\nip netns exec B {FarTunnel}\n", "ip -n A ", "ip -netns B ", TestName = "namespaces")]
    [TestCase($"ssh root@A {AddTunnel}\nssh -p 22 root@B {FarTunnel}\n", "ssh A ip ", "ssh -l root B ip ", TestName = "hosts by ssh")]
    [TestCase($"ssh A '{AddTunnel}'\nssh B <<EOF\n{FarTunnel}\nEOF\n", "ssh A ip ", "ssh B ip ", TestName = "hosts by ssh with quotes and a here-document")]
    [TestCase($"ssh A sudo {AddTunnel}\nssh B \"bash -c '{FarTunnel}'\"\n", "ssh A ip ", "ssh B ip ", TestName = "a shell inside of ssh")]
    [TestCase($"root@A:~# {AddTunnel}\nroot@B:~# {FarTunnel}\n", "root@A:/tmp# ip ", "[root@B ~]# ip ", TestName = "prompts")]
    [TestCase($"site-A:# {AddTunnel}\nsite-B:# {FarTunnel}\n", "site-A:# ip ", "site-B:# ip ", TestName = "prompts of the manual")]
    [TestCase($"docker exec A {AddTunnel}\ndocker exec B {FarTunnel}\n", "docker exec A ip ", "docker exec B ip ", TestName = "containers")]
    public void Places_are_told_apart(string tunnels, string inA, string inB) =>
        ExpectSources($"{tunnels}{inA}{Session[3..]}\n{inB}{Session[3..]}", "10.0.0.1", "10.0.0.2");

    [Test]
    public void The_only_tunnel_may_be_in_another_function() => ExpectOne($"a() {{ {AddTunnel}; }}\nb() {{ {Session}; }}\na; b");

    [Test]
    public void The_same_again_is_one_pseudowire()
    {
        (string[] lines, string[] warnings) = Read($"start() {{ {AddTunnel}; {Session}; }}\nrestart() {{\n{AddTunnel}\n{Session}\n}}");
        Assert.That(lines, Is.EqualTo(new[] { Ours }));
        Assert.That(warnings, Is.EqualTo(new[] { "line 4: this is the pseudowire of line 1 again" }));
    }

    [TestCase($"a() {{ {UdpTunnel}; }}\nb() {{ {AddTunnel}; }}\n{Session}", "line 3: there are 2 tunnels with 'tunnel_id 1', in lines 1 and 2", "below its tunnel")]
    [TestCase($"if u; then\n{UdpTunnel}\nelse\n{AddTunnel}\nfi\n{Session}", "line 2: tunnel 1 has no session: the tunnel of line 4 has the same 'tunnel_id 1'", "one of the two")]
    [TestCase($"ip -n A {"l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 local 10.0.0.2 remote 10.0.0.1 encap ip"}\nip -n B l2tp add session tunnel_id 1 session_id 1 peer_session_id 2", "in namespace B; that of line 1 is in namespace A", "Add the line")]
    [TestCase($"ssh A {AddTunnel}\n{Session}", "there is no tunnel with 'tunnel_id 1' for this session; that of line 1 is in host A", "Add the line")]
    [TestCase($"{AddTunnel}\n{Session}\n{Session} l2spec_type none", "line 3: session 1 of tunnel 1 is there twice, with other words in line 2", "Leave out")]
    public void What_is_not_certain_is_refused(string text, string message, string remedy) => ExpectError(text, message, remedy);
}
