using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// Live migration between two QEMUs, each with a qemu-l2tp on a host of its own (two namespaces). The wires of both hosts
/// end in bridges of the Linux peer, which learns from the guest's announcement where it is now. One NIC announces itself
/// (GUEST_ANNOUNCE), for the other qemu-l2tp does (RARP).
/// </summary>
[TestFixture]
public sealed class VhostUserMigration
{
    private static readonly Wire[] s_here = [VhostUserWires.Of(164), VhostUserWires.Of(165)];
    private static readonly Wire[] s_there = [VhostUserWires.Of(167) with { Local = HostNetwork.FarAddress }, VhostUserWires.Of(168) with { Local = HostNetwork.FarAddress }];
    private static readonly string[] s_devices = ["", ",guest_announce=off,packed=on"];
    private readonly QemuL2tpBackEnd _here = new("migration-here", s_here) { VhostUser = true };
    private readonly QemuL2tpBackEnd _there = new("migration-there", s_there) { VhostUser = true, NetworkNamespace = HostNetwork.FarNamespace };
    private readonly List<Vm> _machines = [];
    private string _qemu = "";

    private Vm Current => _machines[^1];

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        _qemu = QemuUnderTest.AtLeast9;
        Lab.StartPeer();
        _here.Start();
        _there.Start();
        _machines.Add(Host("migration-a", _here, s_here));
        Lab.Peer.Batch(
        [
            .. s_here.Concat(s_there).SelectMany(wire => (IEnumerable<string>)[wire.AddTunnel, .. wire.AddSession()]),
            .. Enumerable.Range(0, 2).SelectMany(Bridge),
        ]);
        Current.Batch(s_here.SelectMany(wire => wire.GuestCommands()));
        FileTransfer.Prepare(Lab.Peer, 8 << 20);
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _machines.ForEach(machine => machine.Dispose());
        _here.Dispose();
        _there.Dispose();
    }

    [Test]
    [Order(1)]
    public void Traffic_goes_on()
    {
        using var announcing = new Traffic(Lab.Peer, s_here[0].GuestAddress, "-i 0.2");
        using var announced = new Traffic(Lab.Peer, s_here[1].GuestAddress, "-i 0.2");
        using var outer = new OuterFrames("veth0", s_there[0]);
        using var outerOfAnnounced = new OuterFrames("veth0", s_there[1]);
        // A connection that lives on: its second half is read by the guest on the other side.
        Lab.Peer.Run($"while :; do nc.openbsd -l -N {s_here[1].PeerAddress} 8081 </tmp/file; done >/dev/null 2>&1 &");
        // Between two files nobody listens.
        Current.Run($"while :; do nc.openbsd -d {s_here[1].PeerAddress} 8081 >/tmp/got; [ -s /tmp/got ] && sha256sum </tmp/got >>/tmp/sums; done >/dev/null 2>&1 & echo $! >/tmp/fetching");
        announcing.WaitForReplies();
        announced.WaitForReplies();
        string migrated = Move("migration-b", _there, s_there);
        announcing.WaitForReplies();
        announced.WaitForReplies();

        int before = Sums();
        Until.True(() => Sums() > before + 1, "files go on to arrive");
        (int sent, int received) = announcing.Finish();
        (int sentToAnnounced, int receivedFromAnnounced) = announced.Finish();
        Current.Run("kill $(cat /tmp/fetching)");
        _machines[0].Dispose();
        TestContext.Out.WriteLine($"{migrated}; pings lost: {sent - received} of {sent}, {sentToAnnounced - receivedFromAnnounced} of {sentToAnnounced}; files fetched: {Sums()}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Current.Run("sort -u /tmp/sums").Trim(), Is.EqualTo(Lab.Peer.Run("sha256sum </tmp/file").Trim()));
            Assert.That(outer.Frames.Where(frame => IsGratuitousArp(frame)), Is.Not.Empty, "announcements by the guest");
            Assert.That(outer.Frames.Where(IsRarp), Is.Empty, "RARP on behalf of a guest that announces itself");
            Assert.That(outerOfAnnounced.Frames.Where(IsRarp).Select(Convert.ToHexString).Distinct(), Is.EqualTo([Convert.ToHexString(Rarp(s_here[1]))]));
        }

        AssertBothWays();
    }

    [Test]
    [Order(2)]
    public void No_page_is_missing()
    {
        Iperf.Serve(Lab.Peer, s_here[0].PeerAddress);
        Iperf.Serve(Lab.Peer, s_here[1].PeerAddress);
        Current.Run(string.Join('\n', s_here.Select(wire => $"iperf3 --client {wire.PeerAddress} --bidir --time 900 >/dev/null 2>&1 &")));
        foreach (Wire wire in s_here)
        {
            long before = Received(wire);
            Until.True(() => Received(wire) > before + 5000, () => $"frames come in on {wire.Id}");
        }

        Vm source = Current;
        string migrated = Move("migration-c", _here, s_here, "-S");
        TestContext.Out.WriteLine(migrated);
        TestContext.Out.WriteLine(source.Qmp.Execute("query-status") + " " + Current.Qmp.Execute("query-status"));
        Assert.That(Migration.FirstDifference(source, Current), Is.Null, "where the memory of source and destination is not the same");
        source.Dispose();
        Current.Qmp.Execute("cont");
        Current.Run("killall iperf3 || true");
        AssertBothWays();
    }

    [Test]
    [Order(3)]
    public void The_source_goes_on_after_a_migration_to_a_file()
    {
        string path = Path.Combine(Settings.RunDirectory, "machine");
        TestContext.Out.WriteLine(Migration.ToFile(Current, path));
        File.Delete(path);
        Current.Qmp.Execute("cont");
        AssertBothWays();
    }

    private Vm Host(string name, QemuL2tpBackEnd backEnd, Wire[] wires, params IReadOnlyList<string> options) => GuestVm.Boot(
        name,
        machine: 10,
        [.. s_here.Select((wire, i) => new GuestNic(wire, backEnd.VhostUserNetdevOf(wires[i], id: wire.Id), s_devices[i]))],
        options: options,
        qemu: _qemu);

    // Both wires of a NIC in one bridge, where the peer has the address.
    private static IEnumerable<string> Bridge(int nic)
    {
        string bridge = $"bridge{nic}";
        yield return $"link add {bridge} type bridge";
        yield return $"link set {bridge} mtu 1500 up";
        yield return $"link set {s_here[nic].PeerInterface} master {bridge}";
        yield return $"link set {s_there[nic].PeerInterface} master {bridge}";
        yield return $"address add {s_here[nic].PeerAddress}/24 dev {bridge}";
        yield return $"address add {s_here[nic].PeerAddress6}/64 dev {bridge}";
    }

    private static byte[] Rarp(Wire wire)
    {
        byte[] address = [0x52, 0x54, 0, 0, 10, (byte)wire.Number];
        byte[] frame = new byte[60];
        frame.AsSpan(0, 6).Fill(0xff);
        address.CopyTo(frame, 6);
        // Type, Ethernet, IPv4, their lengths, operation 3, then twice the address and four zeros.
        byte[] fixedPart = [0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3];
        fixedPart.CopyTo(frame, 12);
        address.CopyTo(frame, 22);
        address.CopyTo(frame, 32);
        return frame;
    }

    private static bool IsRarp(byte[] frame) => frame[12] == 0x80 && frame[13] == 0x35;

    // An ARP packet whose two IP addresses are the same.
    private static bool IsGratuitousArp(byte[] frame) =>
        frame[12] == 0x08 && frame[13] == 0x06 && frame.AsSpan(28, 4).SequenceEqual(frame.AsSpan(38, 4));

    private string Move(string name, QemuL2tpBackEnd backEnd, Wire[] wires, params IEnumerable<string> options)
    {
        Vm source = Current;
        _machines.Add(Host(name, backEnd, wires, [.. Migration.Incoming(name), .. options]));
        return Migration.To(source, name);
    }

    private long Received(Wire wire) => long.Parse(Current.Run($"cat /sys/class/net/{wire.Nic}/statistics/rx_packets"), CultureInfo.InvariantCulture);

    private int Sums() => Current.Run("cat /tmp/sums 2>/dev/null || true").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    private void AssertBothWays()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Wire wire in s_here)
            {
                PingSet.AssertAllAnswered(Current, wire);
                Assert.That(Ping.From(Lab.Peer, wire.GuestAddress, 1472), Is.EqualTo((3, 3)), $"from the peer, {wire.Id}");
            }
        }
    }
}
