using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// <c>qemu-l2tp exec --</c> in front of QEMU command lines with l2tpv3, as one pastes them: pings to the Linux peer through every
/// option that can have it and every front end.
/// </summary>
[TestFixture]
public sealed class InFrontOfQemu
{
    // QEMU's manual, "Connect VLAN n to L2TPv3 pseudowire", with other addresses.
    private const string Manual = "l2tpv3,src=10.0.0.1,dst=10.0.0.2,udp,srcport=16384,dstport=16384,rxsession=0xffffffff,txsession=0xffffffff,counter";

    private static readonly Wire s_netdev = VhostUserWires.Of(210);
    private static readonly Wire s_json = VhostUserWires.Of(211) with { CookieBytes = 0, ReceiveCookieBytes = 0, TransmitCookieBytes = 0 };
    private static readonly Wire s_nic = VhostUserWires.Of(212);
    private static readonly Wire s_vhostUser = VhostUserWires.Of(213);

    /// <summary>The default MAC address of a first NIC ends with 0x56, which names its interface.</summary>
    private static readonly Wire s_manual = new(0x56, Udp: true, Ipv6: false, CookieBytes: 0, Counter: true) { Mtu = 1446 };

    private readonly ExecutedQemu _streams = new("exec-streams", "--frontend", "stream");
    private readonly ExecutedQemu _auto = new("exec-auto");
    private Vm? _guest;
    private Vm? _sharing;

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        _guest = new Vm(
            "exec-guest",
            Settings.Qemu,
            [
                "-net", "nic", "-net", Manual,
                "-netdev", s_netdev.Netdev, .. Vm.Nic(0, 9, s_netdev.Number, s_netdev.Id),
                "-netdev", Json(s_json), .. Vm.Nic(1, 9, s_json.Number, s_json.Id),
                "-nic", $"{s_nic.Netdev},model=virtio-net-pci,mac=52:54:00:00:09:{s_nic.Number:x2}",
            ],
            prefix: _streams.Prefix);
        _sharing = new Vm("exec-sharing", Settings.Qemu, ["-netdev", s_vhostUser.Netdev, .. Vm.Nic(0, 10, s_vhostUser.Number, s_vhostUser.Id)], prefix: _auto.Prefix);
        Lab.Peer.Run(PeerConfig.Print("--for", "linux", "--net", Manual, "--name", "vmtunnel0"));
        Lab.Peer.Batch([$"address add {s_manual.PeerAddress}/24 dev vmtunnel0", $"address add {s_manual.PeerAddress6}/64 dev vmtunnel0"]);
        VhostUserLab.AddToPeer(s_netdev, s_json, s_nic, s_vhostUser);
        _guest.Batch(new[] { s_manual, s_netdev, s_json, s_nic }.SelectMany(wire => wire.GuestCommands()));
        _sharing.Batch(s_vhostUser.GuestCommands());
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _guest?.Dispose();
        _sharing?.Dispose();
        // Others use the manual's numbers too.
        Lab.Peer.Run("ip l2tp del tunnel tunnel_id 16384");
    }

    [Test, Order(1)]
    public void The_example_of_QEMUs_manual() => AssertCarries(_guest!, s_manual, "-net", "socket,fd=");

    [Test, Order(1)]
    public void Netdev() => AssertCarries(_guest!, s_netdev, "-netdev", $"stream,id={s_netdev.Id},");

    [Test, Order(1)]
    public void Netdev_in_JSON() => AssertCarries(_guest!, s_json, "-netdev", $"stream,id={s_json.Id},");

    [Test, Order(1)]
    public void Nic() => AssertCarries(_guest!, s_nic, "-nic", $"socket,id={s_nic.Id},model=virtio-net-pci,");

    [Test, Order(1)]
    public void Vhost_user_where_the_memory_is_shared() => AssertCarries(_sharing!, s_vhostUser, "-netdev", $"vhost-user,id={s_vhostUser.Id},");

    /// <summary>After the others: it ends the guest.</summary>
    [Test, Order(2)]
    public void Poweroff_ends_both_with_status_0()
    {
        int backEnd = _streams.BackEnd;
        _guest!.Run("(sleep 0.2; poweroff -f) >/dev/null 2>&1 &");
        Until.True(() => !_guest.Running, "QEMU has ended");
        Assert.That(_guest.ExitCode, Is.Zero, _guest.QemuErrors);
        Until.True(() => !ExecutedQemu.IsRunning(backEnd), "the back end has ended");
    }

    /// <inheritdoc cref="Poweroff_ends_both_with_status_0"/>
    [Test, Order(3)]
    public void After_kill_9_of_QEMU_nothing_is_left()
    {
        int backEnd = _auto.BackEnd;
        Assert.That(_auto.Traces(s_vhostUser), Is.Not.Empty, "there is something to remove");
        Signals.Send(_sharing!.ProcessId, Signals.Kill);
        TimeSpan time = Until.True(
            () => !_sharing.Running && !ExecutedQemu.IsRunning(backEnd) && _auto.Traces(s_vhostUser).Count == 0,
            "the back end, its port, its sockets and its files are gone");
        TestContext.Out.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"gone {time.TotalMilliseconds:0} ms after kill -9"));
    }

    private static void AssertCarries(Vm guest, Wire wire, string option, string replacement)
    {
        string[] words = ExecutedQemu.CommandLineOf(guest.ProcessId);
        Assert.That(words.Zip(words.Skip(1)), Has.Some.Matches<(string, string)>(pair => pair.Item1 == option && pair.Item2.StartsWith(replacement, StringComparison.Ordinal)), string.Join(' ', words));
        Assert.That(words, Has.None.Contain("l2tpv3"));
        PingSet.AssertAllAnswered(guest, wire);
    }

    private static string Json(Wire wire) =>
        $$"""{"type": "l2tpv3", "id": "{{wire.Id}}", "src": "{{wire.Local}}", "dst": "{{wire.Remote}}", "udp": true, "srcport": "{{wire.LocalPort}}", "dstport": "{{wire.RemotePort}}", "rxsession": {{wire.LocalSession}}, "txsession": {{wire.RemoteSession}}, "counter": true}""";
}
