using System.Net.Sockets;
using System.Text.Json.Nodes;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Hosting;
using QemuL2tp.Hosting.Statistics;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting.Statistics;

/// <summary>What is read from pseudowires that are open.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PseudowireSnapshotTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly L2tpv3Options _options = Loopback.NewOptions();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Offloads_the_path_and_the_guest_are_told_of()
    {
        await using Pseudowire link = await StartAsync(",counter=on,x-reorder-window=8", "stream,addr.type=unix,addr.path=");
        JsonObject json = QmpStatistics.Of(link.ReadNumbers());
        Assert.That(json["segmentation"]!.ToJsonString(), Is.EqualTo("""{"state":"on","frames":0,"messages":0}"""));
        Assert.That(json["coalescing"]!.ToJsonString(), Is.EqualTo("""{"state":"on","datagrams":0,"messages":0}"""));
        Assert.That(json["network"]!["path-mtu"]!.GetValue<long>(), Is.GreaterThanOrEqualTo(1280));
        Assert.That(json["received-counter"]!["frames-held"]!.GetValue<long>(), Is.Zero);
        Assert.That((json["guest-state"]!.GetValue<string>(), json["guest-place"]!.GetValue<string>()), Is.EqualTo(("not-connected", _directory.File("s"))));
        Assert.That(json.ContainsKey("rings"), Is.False);
        using FakeQemu qemu = FakeQemu.Connect(_directory.File("s"));
        await link.WaitForGuestAsync();
        Assert.That(link.ReadNumbers().Find("guest", "guest-state")!.Value.Word, Is.EqualTo("connected"));
        Assert.That(link.ReadNumbers()["guest", "connections"], Is.EqualTo(1));
    }

    [Test]
    public async Task What_is_off_says_why()
    {
        await using Pseudowire link = await StartAsync(",x-gso=off,x-gro=off", "stream,addr.type=unix,addr.path=");
        JsonObject json = QmpStatistics.Of(link.ReadNumbers());
        Assert.That(json["segmentation"]!["reason"]!.GetValue<string>(), Is.EqualTo("x-gso=off"));
        Assert.That(json["coalescing"]!["reason"]!.GetValue<string>(), Is.EqualTo("x-gro=off"));
        Assert.That(json["network"]!.AsObject().ContainsKey("path-mtu"), Is.False, "nobody has looked");
        Assert.That(link.DescribeStatistics(), Does.Contain("  UDP_SEGMENT: off, 0 frames, 0 messages\n    reason: x-gso=off\n"));
    }

    [Test]
    public async Task Packets_and_their_bytes_are_counted_by_the_tunnel()
    {
        await using Pseudowire link = await StartAsync("", "stream,addr.type=unix,addr.path=");
        using Socket peer = Loopback.PeerOf(_options);
        byte[] packet = PseudowireOptions.PeerOf(_options).Encode(LoopbackLink.Frame(100));
        peer.SendTo(packet, Loopback.SourceOf(_options));
        Until.True(() => link.ReadNumbers()["tunnel-to-guest", "drops", "GuestNotConnected"] == 1, "it came through");
        Snapshot numbers = link.ReadNumbers();
        Assert.That((numbers["tunnel", "frames"], numbers["tunnel", "bytes"], numbers["tunnel", "frames-in"]), Is.EqualTo((1L, (long)packet.Length, 1L)));
        Assert.That(link.DescribeStatistics(), Does.Contain($"  tunnel: 1 packets, {packet.Length} bytes, 0 of no session, 1 in\n"));
    }

    [Test]
    public async Task Rings_are_told_of()
    {
        await using Pseudowire link = await StartAsync("", "vhost-user,path=");
        Assert.That(link.ReadNumbers().Sections.Select(section => section.Group.Name), Does.Contain("vhost-user").And.Not.Contain("rings"));
        var kind = new RingKind(256, HasEventIndex: true);
        using GuestRam ram = MockGuestMemory.RamOf(64 << 20);
        var memory = new MockGuestMemory(ram);
        using var qemu = new MockQemu(ram, 2, _ => MockDriver.Allocate(memory, kind)) { Features = kind.Features | Features.ProtocolFeatures | Features.MultiQueue };
        using (MockFrontEnd frontEnd = MockFrontEnd.Connect(_directory.File("s")))
        {
            frontEnd.Run(qemu.Connect());
            frontEnd.Run(qemu.Start());
            Until.True(() => link.ReadNumbers()["vhost-user", "queue-pairs"] == 2, "both pairs are in use");
            JsonArray rings = QmpStatistics.Of(link.ReadNumbers())["rings"]!.AsArray();
            Assert.That(rings.Select(ring => ring!["ring"]!.GetValue<long>()), Is.EqualTo(new[] { 0, 1, 2, 3 }));
            Assert.That(rings.Select(ring => (ring!["state"]!.GetValue<string>(), ring["format"]!.GetValue<string>(), ring["size"]!.GetValue<long>())), Has.All.EqualTo(("running", "split", 256L)));
            Assert.That(rings[1]!["direction"]!.GetValue<string>(), Is.EqualTo("transmit"));
            Assert.That(link.DescribeStatistics(), Does.Contain("  pseudowire: open, front end vhost-user, link up: yes\n").And.Contain("  vhost-user: queue pairs 2, features 0x"));
            Assert.That(link.DescribeStatistics(), Does.Contain("  ring: 3, transmit, running, size 256, split, kicks "));
        }

        Until.True(() => link.ReadNumbers().Find("guest", "guest-state")!.Value.Word == "not-connected", "it has noticed");
    }

    private Task<Pseudowire> StartAsync(string more, string frontend) => Pseudowire.StartAsync(
        $"l2tpv3,id=net0,src={_options.Source},dst={_options.Destination},udp=on,srcport={_options.SourcePort},dstport={_options.DestinationPort},txsession={_options.TransmitSession},rxsession={_options.ReceiveSession}{more}",
        frontend + _directory.File("s"));
}
