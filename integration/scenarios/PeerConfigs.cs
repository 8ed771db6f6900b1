using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// What <c>peer-config</c> prints is applied at a real peer as it is, and what it reads from a real peer's commands is what we are
/// started with; then both ends ping.
/// </summary>
[TestFixture]
public sealed class PeerConfigs
{
    /// <summary>QEMU's manual, but for the addresses.</summary>
    private const string ManualNet = "l2tpv3,src=10.0.0.1,dst=10.0.0.2,udp,srcport=16384,dstport=16384,rxsession=0xffffffff,txsession=0xffffffff,counter";

    private const string ManualCommands = """
        # Setup tunnel on linux host using raw ip as encapsulation
        # on 1.2.3.4
        ip l2tp add tunnel remote 10.0.0.1 local 10.0.0.2 tunnel_id 1 peer_tunnel_id 1 \
         encap udp udp_sport 16384 udp_dport 16384
        ip l2tp add session tunnel_id 1 name l2tp55 session_id \
         0xFFFFFFFF peer_session_id 0xFFFFFFFF
        ip link set l2tp55 mtu 1500
        ip link set l2tp55 up
        """;

    private static readonly Wire s_udp = Wires.PeerConfig;
    private static readonly Wire s_ip = s_udp with { Udp = false, Counter = false };
    private static readonly Wire[] s_wires =
    [
        s_udp with { Pinned = true },
        s_udp with { Counter = false, TransmitCookieBytes = 4, ReceiveCookieBytes = 4 },
        s_udp with { Ipv6 = true, Local = "fd00::1", Remote = "fd00::2", TransmitCookieBytes = 8, ReceiveCookieBytes = 8 },
        s_udp with { TransmitCookieBytes = 4, ReceiveCookieBytes = 8, Sequencing = "both", MoreOptions = ",x-seq=rfc3931" },
        s_ip with { TransmitCookieBytes = 8, ReceiveCookieBytes = 8 },
        s_ip with { Counter = true, Sequencing = "send", MoreOptions = ",x-seq=rfc3931" },
        s_ip with { Ipv6 = true, Local = "fd00::1", Remote = "fd00::2", Counter = true, TransmitCookieBytes = 4, ReceiveCookieBytes = 4 },
    ];

    private static IEnumerable<TestCaseData> Cases => s_wires.Select((wire, i) => new TestCaseData(i).SetArgDisplayNames(
        $"{wire.Transport}_cookies_{wire.TransmitCookieBytes}_{wire.ReceiveCookieBytes}_{(wire.MoreOptions.Length > 0 ? "rfc3931" : wire.Counter ? "sublayer" : "none")}"));

    [OneTimeSetUp]
    public void Only_for_qemu_l2tp()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.PeerConfig);
    }

    [TestCaseSource(nameof(Cases))]
    public void Printed_for_linux(int number)
    {
        Wire wire = s_wires[number];
        string commands = PeerConfig.Print("--for", "linux", "-netdev", wire.Netdev, "--name", wire.PeerInterface);
        Works(commands, ["-netdev", wire.Netdev], sameMtu: wire.TransmitCookieBytes == wire.ReceiveCookieBytes);
    }

    [TestCaseSource(nameof(Cases))]
    public void Read_from_linux(int number)
    {
        Wire wire = s_wires[number];
        string commands = string.Join('\n', new[] { wire.AddTunnel }.Concat(wire.AddSession()).Select(line => $"ip {line}"));
        Works(commands, PeerConfig.PrintFrom(commands).TrimEnd().Split(' '));
    }

    [Test]
    public void Printed_for_the_line_of_QEMUs_manual() =>
        Works(PeerConfig.Print("-net", ManualNet, "--name", s_udp.PeerInterface), ["-net", ManualNet], sameMtu: true);

    [Test]
    public void Read_from_the_commands_of_QEMUs_manual() =>
        Works(ManualCommands, PeerConfig.PrintFrom(ManualCommands).TrimEnd().Split(' '));

    [Test]
    public void Printed_for_qemu()
    {
        Lab.Needs(Wires.PeerConfigQemu);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Ping.From(Lab.Guest, Wires.PeerConfigQemu.PeerAddress, 1000), Is.EqualTo((3, 3)), "to the far guest");
            Assert.That(Ping.From(Lab.FarGuest, Wires.PeerConfigQemu.GuestAddress, 1000), Is.EqualTo((3, 3)), "from the far guest");
        }
    }

    /// <summary>What is printed for two pseudowires between the same ends runs as it is, and makes one tunnel with two sessions that both work.</summary>
    [Test]
    public void Two_sessions_in_one_tunnel([Values] bool udp)
    {
        Wire first = (udp ? s_udp : s_ip with { Counter = true }) with { Pinned = true };
        string second = first.Netdev
            .Replace($"id={first.Id},", "id=second,", StringComparison.Ordinal)
            .Replace($"rxsession={first.LocalSession},txsession={first.RemoteSession}", "rxsession=71,txsession=72", StringComparison.Ordinal);
        string commands = PeerConfig.Print("-netdev", first.Netdev, "-netdev", second);
        Lab.Peer.Run("set -e\n" + commands);
        try
        {
            string tunnel = udp ? $"{first.RemotePort}" : $"{first.RemoteSession}";
            Assert.That(Lab.Peer.Run($"ip l2tp show session tunnel_id {tunnel}"), Does.Contain($"Session {first.RemoteSession} in tunnel {tunnel}").And.Contain($"Session 72 in tunnel {tunnel}"));
            Answers(["-netdev", first.Netdev], first.Id);
            Answers(["-netdev", second], "second");
            // Read back, the text has both.
            Assert.That(PeerConfig.PrintFrom(commands).TrimEnd().Split('\n'), Is.EqualTo(new[] { first.Netdev, second }.Select(Printed)));
        }
        finally
        {
            Lab.Peer.Run(PeerConfig.Undo(commands));
        }
    }

    /// <summary>As the program itself writes a line.</summary>
    private static string Printed(string netdev) =>
        PeerConfig.Print("--for", "qemu", "-netdev", PeerConfig.Print("--for", "qemu", "-netdev", netdev).TrimEnd().Split('\n')[^1]["-netdev ".Length..]).TrimEnd().Split('\n')[^1];

    /// <summary>Both ends ping, with a program of these words and this interface at the peer.</summary>
    private static void Answers(string[] ours, string peerInterface)
    {
        Lab.Peer.Batch(s_udp.AddAddresses().Select(line => line.Replace(s_udp.PeerInterface, peerInterface, StringComparison.Ordinal)));
        try
        {
            // The peer's new interface has another MAC address than the one before.
            Lab.Guest.Run($"ip neigh flush dev {s_udp.Nic}");
            using Child program = PeerConfig.Serve(ours);
            // A ping before that would be asked for again only a second later.
            program.UntilReady();
            Until.True(() => Ping.IsAnswered(Lab.Guest, s_udp.PeerAddress) || !program.Running, "the peer replies");
            using (Assert.EnterMultipleScope())
            {
                Assert.That(Ping.From(Lab.Guest, s_udp.PeerAddress, 1000), Is.EqualTo((3, 3)), program.Error);
                Assert.That(Ping.From(Lab.Peer, s_udp.GuestAddress, 1000), Is.EqualTo((3, 3)), program.Error);
            }
        }
        finally
        {
            Lab.Peer.Run($"ip address flush dev {peerInterface}");
        }
    }

    /// <param name="commands">Run at the Linux peer; one of the last lines sets the MTU.</param>
    /// <param name="ours">Options of our end.</param>
    /// <param name="sameMtu">Whether that MTU must be the one that Linux computes by itself.</param>
    private static void Works(string commands, string[] ours, bool sameMtu = false)
    {
        string[] lines = commands.TrimEnd().Split('\n');
        int mtu = Array.FindLastIndex(lines, line => !line.StartsWith('#'));
        Lab.Peer.Run("set -e\n" + string.Join('\n', lines[..mtu]));
        try
        {
            if (sameMtu)
            {
                Assert.That(lines[mtu], Does.Contain($" mtu {Lab.Peer.Run($"cat /sys/class/net/{s_udp.PeerInterface}/mtu").Trim()} "));
            }

            Lab.Peer.Run(string.Join('\n', lines[mtu..]));
            Answers(ours, s_udp.PeerInterface);
        }
        finally
        {
            Lab.Peer.Run(PeerConfig.Undo(commands));
        }
    }
}
