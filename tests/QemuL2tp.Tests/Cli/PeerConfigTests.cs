using QemuL2tp.Cli.PeerConfig;
using QemuL2tp.Peers;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary><c>qemu-l2tp peer-config</c> as a user calls it.</summary>
internal sealed class PeerConfigTests : ProgramTest
{
    private const string Ours = "l2tpv3,id=vm0,src=10.0.0.1,dst=10.0.0.2,udp=on,srcport=17001,dstport=17002,txsession=1,rxsession=2,counter=on,pincounter=on";

    [Test]
    public void The_peers_that_can_be_chosen_are_those_of_the_table() =>
        Assert.That(PeerConfigOptions.Peers.Split('|'), Is.EqualTo(PeerTable.Rows.Select(row => row.Name)));

    [Test]
    public void The_README_shows_what_is_printed_and_what_is_read()
    {
        string[] readme = [.. File.ReadAllLines(Path.Combine(Repository.Root, "README.md")).Select(line => line.Trim())];
        Assert.That(readme, Does.Contain($"$ qemu-l2tp peer-config -netdev {Ours}"));
        string printed = Run(0, "peer-config", "-netdev", Ours).Output;
        Assert.That(printed.TrimEnd().Split('\n'), Has.Length.EqualTo(7).And.SubsetOf(readme));
        Assert.That(Run(0, "peer-config", "--from", Written(printed)).Output, Is.EqualTo($"-netdev {Ours}\n"));
        Assert.That(readme, Does.Contain($"-netdev {Ours}"));
    }

    [Test]
    public void Help_has_every_peer()
    {
        string help = Run(0, "peer-config", "--help").Output;
        foreach (Peer peer in PeerTable.Rows)
            Assert.That(help, Does.Match($"(?m)^  {peer.Name} +{peer.Help.Replace("(", @"\(").Replace(")", @"\)")}$"));
    }

    [Test]
    public void MTU_and_name_are_taken() =>
        Assert.That(Run(0, "peer-config", "-netdev", Ours, "--mtu", "9000", "--name", "blue").Output, Does.Contain("ip link set dev blue mtu 8946 up\n"));

    [Test]
    public void Several_pseudowires_are_numbered_where_the_peer_numbers()
    {
        string output = Run(0, "peer-config", "--for", "NetBSD", "-netdev", "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1", "-net", "l2tpv3,src=10.0.0.1,dst=10.0.0.2,txsession=2").Output;
        Assert.That(output, Does.Contain("ifconfig l2tp0 session 1 1\n").And.Contain("ifconfig l2tp1 session 2 2\n"));
    }

    [Test]
    public void The_manuals_own_line_is_taken_with_its_warnings_on_stderr()
    {
        ProgramProcess process = Run(0, "peer-config", "-net", "l2tpv3,vlan=0,src=4.2.3.1,dst=1.2.3.4,udp,srcport=16384,dstport=16384,rxsession=0xffffffff,txsession=0xffffffff,counter");
        Assert.That(process.Output, Does.Contain("ip l2tp add session name net0 tunnel_id 16384 session_id 4294967295 peer_session_id 4294967295 l2spec_type default\n"));
        Assert.That(process.Errors, Does.Contain("warning: short-form boolean option 'udp' deprecated").And.Contain("vlan=0 is ignored"));
    }

    [Test]
    public void Standard_input_is_read()
    {
        ProgramProcess process = StartByShell("echo ifconfig l2tp0 tunnel fd00::2 fd00::1 session 1 2 | \"$@\"", "peer-config", "--from", "-");
        Assert.That(process.WaitForExit(), Is.Zero, process.Errors);
        Assert.That(process.Output, Is.EqualTo("-netdev l2tpv3,id=l2tp0,src=fd00::1,dst=fd00::2,ipv6=on,txsession=1,rxsession=2\n"));
    }

    [Test]
    public void A_closed_standard_input_is_not_waited_for()
    {
        ProgramProcess process = StartByShell("exec \"$@\" <&-", "peer-config", "--from", "-");
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.StartWith("qemu-l2tp: --from -: standard input is closed\n"));
    }

    [Test]
    public void What_is_accepted_in_a_file_but_does_nothing_is_a_warning()
    {
        string file = Written("ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local 10.0.0.2 remote 10.0.0.1\nip l2tp add session tunnel_id 1 session_id 1 peer_session_id 2 offset 4");
        Assert.That(Run(0, "peer-config", "--from", file).Errors, Is.EqualTo($"qemu-l2tp: --from {file}: warning: line 2: offset 4 is ignored by Linux 4.16 and later: leave it out there\n"));
    }

    [Test]
    public void Two_sessions_of_one_pair_share_a_tunnel()
    {
        string second = Ours.Replace("vm0", "vm1", StringComparison.Ordinal).Replace("txsession=1,rxsession=2", "txsession=3,rxsession=4", StringComparison.Ordinal);
        string[] lines = Run(0, "peer-config", "-netdev", Ours, "-netdev", second).Output.Split('\n');
        Assert.That(lines.Count(line => line.StartsWith("ip l2tp add tunnel ", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(lines.Where(line => line.StartsWith("ip l2tp add session ", StringComparison.Ordinal)), Has.Exactly(2).Contains(" tunnel_id 17002 "));
        string file = Written(string.Join('\n', lines));
        Assert.That(Run(0, "peer-config", "--from", file).Output, Is.EqualTo($"-netdev {Ours}\n-netdev {second}\n"));
    }

    [Test]
    public void The_same_session_twice_is_refused()
    {
        string errors = Run(1, "peer-config", "-netdev", Ours, "-netdev", Ours.Replace("vm0", "vm1", StringComparison.Ordinal)).Errors;
        Assert.That(errors, Does.Contain("no peer can match 'txsession=1', which 'vm0' has too"));
    }

    [TestCase("the wrong option", "-netdev TEXT: Linux cannot match 'offset=4'", "peer-config", "-netdev", Ours + ",offset=4")]
    [TestCase("the same id twice", "Duplicate ID 'vm0' for netdev", "peer-config", "-netdev", Ours, "-netdev", Ours)]
    [TestCase("the outer MTU", "-netdev TEXT: '--mtu 100' is too small", "peer-config", "-netdev", Ours, "--mtu", "100")]
    [TestCase("a file that is not there", "--from TEXT: cannot read it: No such file or directory", "peer-config", "--from", "/nonexistent/file")]
    [TestCase("a directory", "--from TEXT: cannot read it: ", "peer-config", "--from", "/")]
    [TestCase("a file without an end", "--from TEXT: it is too long", "peer-config", "--from", "/dev/zero")]
    [TestCase("an empty file", "--from TEXT: there is neither 'ip l2tp add session'", "peer-config", "--from", "/dev/null")]
    public void What_cannot_be_done_ends_with_status_1(string what, string message, params string[] arguments)
    {
        ProgramProcess process = Run(1, arguments);
        Assert.That(process.Errors, Does.StartWith($"qemu-l2tp: {message.Replace("TEXT", arguments[2], StringComparison.Ordinal)}"), what);
        Assert.That(process.Errors.Split('\n'), Has.Length.EqualTo(3), "the message and the remedy");
        Assert.That(process.Output, Is.Empty);
    }

    [TestCase("no pseudowire: -netdev l2tpv3,... is missing; for the other way --from FILE")]
    [TestCase("--for 'bsd' is not understood: write linux, networkd, netbsd, qemu, uml, vpp, vyos, mikrotik or cisco", "--for", "bsd")]
    [TestCase("--mtu 'x' is not a number: write it in decimal digits", "--mtu", "x")]
    [TestCase("--mtu '65536' is too large: write a number up to 65535", "-netdev", Ours, "--mtu=65536")]
    [TestCase("--name is for a single pseudowire: leave it out, and each is named by its id or number", "-netdev", Ours, "-net", Ours, "--name", "a")]
    [TestCase("--from and -netdev exclude one another: --from prints our end, -netdev is about the other one", "-netdev", Ours, "--from", "-")]
    [TestCase("--from and --for exclude one another: --from prints our end, --for is about the other one", "--from", "-", "--for", "linux")]
    [TestCase("--from and --mtu exclude one another: --from prints our end, --mtu is about the other one", "--from", "-", "--mtu", "9000")]
    public void Wrong_usage_is_named(string message, params string[] arguments)
    {
        ProgramProcess process = Run(2, ["peer-config", .. arguments]);
        Assert.That(process.Errors, Is.EqualTo($"qemu-l2tp: {message}\nTry 'qemu-l2tp peer-config --help'; it shows examples.\n"));
        Assert.That(process.Output, Is.Empty);
    }

    private string Written(string text)
    {
        string file = FileName("peer.sh");
        File.WriteAllText(file, text);
        return file;
    }
}
