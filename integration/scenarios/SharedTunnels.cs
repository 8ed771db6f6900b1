using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Pseudowires that share a local address and port, toward Linux, and a hundred that share an address over raw IP.</summary>
[TestFixture]
public sealed class SharedTunnels
{
    [SetUp]
    public void Only_for_qemu_l2tp() => Lab.NeedsQemuL2tp();

    [Test]
    public void Three_sessions_of_one_Linux_tunnel_carry_what_is_theirs()
    {
        foreach (Wire wire in Wires.Shared)
        {
            Lab.Needs(wire);
            PingSet.AssertAllAnswered(Lab.Guest, wire);
        }

        foreach (Wire wire in Wires.Shared)
            Assert.That(Statistics.Of(Lab.BackEndOf("shared"), wire).DroppedToGuest, Is.Zero, wire.Id);
    }

    [Test]
    public void One_port_reaches_two_peers_that_know_no_other()
    {
        Lab.Needs(Wires.OnePort[0]);
        Lab.Peer.Batch([$"address add {Wires.OnePort[1].Remote}/24 dev nic0"]);
        Lab.Peer.Batch(Wires.OnePort.SelectMany(wire => wire.PeerCommands()));
        foreach (Wire wire in Wires.OnePort)
        {
            Until.True(() => Ping.IsAnswered(Lab.Guest, wire.PeerAddress), $"the peer of {wire.Id} replies");
            PingSet.AssertAllAnswered(Lab.Guest, wire);
        }
    }

    [Test]
    public void No_ping_of_a_session_is_lost_while_another_of_its_tunnel_comes_and_goes()
    {
        Wire kept = Wires.HostedShared[0], other = Wires.HostedShared[1];
        Lab.Needs(kept);
        string[] keptLines = [kept.Netdev, Hosted.FrontendOf(kept)];
        using var hosted = new Hosted("shared-reloaded", keptLines);
        Until.True(() => Ping.IsAnswered(Lab.Guest, kept.PeerAddress), "the wire works");
        (int Sent, int Received) pings;
        using (var traffic = new Traffic(Lab.Guest, kept.PeerAddress, "-i 0.01"))
        {
            traffic.WaitForReplies();
            for (int i = 0; i < 5; i++)
            {
                Assert.That(hosted.Reload([.. keptLines, other.Netdev, Hosted.FrontendOf(other)]), Is.EqualTo("1 unchanged, 0 closed, 1 opened"));
                Until.True(() => Ping.IsAnswered(Lab.Guest, other.PeerAddress), "the other one works");
                Assert.That(hosted.Reload(keptLines), Is.EqualTo("1 unchanged, 1 closed, 0 opened"));
            }

            traffic.WaitForReplies();
            pings = traffic.Finish();
        }

        TestContext.Out.WriteLine($"{pings.Received} of {pings.Sent} pings");
        Assert.That(pings.Received, Is.EqualTo(pings.Sent));
    }

    [Test]
    public void A_hundred_pseudowires_over_raw_IP_have_one_socket()
    {
        Wire[] wires = [.. Enumerable.Range(700, 100).Select(RawFarEnd.WireOf)];
        string file = Path.Combine(Settings.RunDirectory, "hundred-raw.conf");
        File.WriteAllLines(file, wires.SelectMany(wire => new[] { $"netdev {wire.Netdev}", $"frontend stream,id={wire.Id},addr.type=unix,addr.path={SocketOf(wire)}" }));
        using var far = new RawFarEnd();
        using Child program = Child.Start("hundred-raw", Settings.Program, ["--config", file, "--log-level", "warning"]);
        Until.True(() => program.Output.Count(c => c == '\n') == wires.Length || !program.Running, () => $"ready: {program.Error}");
        StreamClient[] guests = [.. wires.Select(wire => new StreamClient(SocketOf(wire)))];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < wires.Length; i++)
            {
                byte[] frame = new byte[100 + i];
                frame[12] = (byte)round;
                guests[i].Send(frame);
                Assert.That(far.Receive(), Is.EqualTo((wires[i].RemoteSession, frame)));
                far.Send(wires[i], frame);
                Assert.That(guests[i].Receive(), Is.EqualTo(frame));
            }
        }

        string[] inodes = [.. File.ReadLines("/proc/net/raw").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[9])];
        string[] ours = [.. Directory.GetFiles($"/proc/{program.Id}/fd").Select(path => new FileInfo(path).LinkTarget ?? "")];
        Assert.That(inodes.Count(inode => ours.Contains($"socket:[{inode}]")), Is.EqualTo(1));
        Array.ForEach(guests, guest => guest.Dispose());
    }

    [Test]
    public void A_second_process_hears_who_has_the_port_and_what_to_do()
    {
        Wire wire = UdpFarEnd.WireOf(184), other = wire with { Number = 185, TunnelOf = 184 };
        using var first = new QemuL2tpBackEnd("port-first", wire);
        first.Start();
        using var second = new QemuL2tpBackEnd("port-second", other);
        second.Launch();
        Assert.That(second.Process.WaitForExit(), Is.True);
        Assert.That(second.Process.ExitCode, Is.EqualTo(1));
        Assert.That(second.Process.Error, Does.Contain("could not bind socket err=98").And.Contain($"is in use by qemu-l2tp (pid {first.Process.Id})").And.Contain("netdev_add"));
    }

    /// <summary>Sessions of one tunnel in one <c>exec</c> work; from a second one, whose process is another, they cannot.</summary>
    [Test]
    public void A_second_exec_hears_what_to_do()
    {
        Wire[] sessions = [.. Enumerable.Range(186, 3).Select(number => UdpFarEnd.WireOf(186) with { Number = number, TunnelOf = 186 })];
        string control = Path.Combine(Settings.RunDirectory, "exec-shared.qmp");
        using Child first = Exec("exec-first", "-netdev", sessions[0].Netdev, "-netdev", sessions[1].Netdev, "-qmp", $"unix:{control},server=on,wait=off");
        Until.True(() => UnixListener.IsAt(control) || !first.Running, () => $"QEMU is up: {first.Error}");
        using Child second = Exec("exec-second", "-netdev", sessions[2].Netdev);
        Assert.That(second.WaitForExit(), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Running, Is.True, first.Error);
            Assert.That(second.ExitCode, Is.EqualTo(1));
            Assert.That(second.Error, Does.Contain("is in use by qemu-l2tp (pid ").And.Contain("--config").And.Contain("netdev_add"));
        }
    }

    private static Child Exec(string name, params IEnumerable<string> options) =>
        Child.Start(name, Settings.Program, ["exec", Settings.Qemu, "-M", "none", "-display", "none", "-nodefaults", "-S", .. options]);

    private static string SocketOf(Wire wire) => Path.Combine(Settings.RunDirectory, $"{wire.Id}.sock");
}
