using System.Net.Sockets;
using System.Text.Json.Nodes;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Qmp;

/// <summary>Each command with right and wrong arguments. Errors were compared with those of QEMU 7.2.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QmpCommandTests : IDisposable
{
    private readonly QmpUnderTest _qmp = new();
    private readonly L2tpv3Options _options = Loopback.NewOptions();

    public void Dispose() => _qmp.Dispose();

    [Test]
    public void The_commands_are_listed()
    {
        using var client = new QmpClient(_qmp.Path);
        Assert.That(
            client.Execute("query-commands")["return"]!.AsArray().Select(command => command!["name"]!.GetValue<string>()),
            Is.EqualTo(new[] { "netdev_add", "netdev_del", "qmp_capabilities", "query-commands", "query-netdev-stats", "query-status", "query-version", "quit", "set_link" }));
    }

    [TestCase("netdev_del", "{'id':'nope'}", "DeviceNotFound", "Device 'nope' not found")]
    [TestCase("netdev_del", "{}", "GenericError", "Parameter 'id' is missing")]
    [TestCase("netdev_del", "{'id':5}", "GenericError", "Invalid parameter type for 'id', expected: string")]
    [TestCase("netdev_del", "{'id':'x','y':1}", "GenericError", "Parameter 'y' is unexpected")]
    [TestCase("set_link", "{'name':'nope','up':true}", "DeviceNotFound", "Device 'nope' not found")]
    [TestCase("set_link", "{'name':'nope'}", "GenericError", "Parameter 'up' is missing")]
    [TestCase("set_link", "{'name':'nope','up':'on'}", "GenericError", "Invalid parameter type for 'up', expected: boolean")]
    [TestCase("query-netdev-stats", "{'id':'nope'}", "DeviceNotFound", "Device 'nope' not found")]
    [TestCase("query-netdev-stats", "{'x':1}", "GenericError", "Parameter 'x' is unexpected")]
    [TestCase("quit", "{'x':1}", "GenericError", "Parameter 'x' is unexpected")]
    [TestCase("netdev_add", "{'type':'l2tpv3'}", "GenericError", "Parameter 'id' is missing")]
    [TestCase("netdev_add", "{'id':'a'}", "GenericError", "Parameter 'type' is missing")]
    [TestCase("netdev_add", "{'type':'foo','id':'a'}", "GenericError", "Parameter 'type' does not accept value 'foo'")]
    [TestCase("netdev_add", "{'type':'l2tpv3','id':'a'}", "GenericError", "Parameter 'src' is missing")]
    [TestCase("netdev_add", "{'type':'l2tpv3','id':'a','src':'127.0.0.1','dst':'127.0.0.1','txsession':'1'}", "GenericError", "Parameter 'txsession' expects uint64")]
    [TestCase("netdev_add", "{'type':'l2tpv3','id':'a','src':'127.0.0.1','dst':'127.0.0.1','txsession':5000000000}", "GenericError", "Parameter 'txsession' expects uint32_t")]
    [TestCase("netdev_add", "{'type':'l2tpv3','id':'a','src':'127.0.0.1','dst':'127.0.0.1','txsession':1,'foo':1}", "GenericError", "Parameter 'foo' is unexpected")]
    [TestCase("netdev_add", "{'type':'l2tpv3','id':'1a','src':'127.0.0.1','dst':'127.0.0.1','txsession':1}", "GenericError", "Parameter 'id' expects an identifier")]
    [TestCase("netdev_add", "{'type':'l2tpv3','id':'a','src':'127.0.0.1','dst':'127.0.0.1','txsession':1,'udp':true}", "GenericError", "need both src and dst port for udp")]
    public void A_wrong_argument_is_QEMUs_error(string command, string arguments, string errorClass, string message)
    {
        using var client = new QmpClient(_qmp.Path);
        QmpTalkTests.ExpectError(client.Send($"{{'execute':'{command}','arguments':{arguments}}}"), errorClass, message);
        Assert.That(_qmp.All, Is.Empty);
    }

    [TestCase("'rxsession':0", "rxsession=0 is reserved")]
    [TestCase("'txsession':0", "txsession=0 is reserved")]
    [TestCase("'dst':'0.0.0.0'", "dst=0.0.0.0 is the address of no host")]
    [TestCase("'srcport':'70000'", "srcport=70000 is no port number and means 4464")]
    [TestCase("'src':'224.0.0.1'", "src=224.0.0.1 is a multicast group")]
    [TestCase("'cookie64':true,'txcookie':1,'rxcookie':-1", "rxcookie=-1 is taken as 18446744073709551615")]
    public void What_is_accepted_but_doubtful_is_logged(string argument, string warning) => OwnNetwork.Run(() =>
    {
        string name = argument.Split(':')[0];
        string[] others = [.. new[] { "'src':'127.0.0.1'", "'dst':'127.0.0.1'", "'srcport':'5000'", "'rxsession':5", "'txsession':6" }.Where(each => !each.StartsWith(name, StringComparison.Ordinal))];
        using var client = new QmpClient(_qmp.Path);
        _ = client.Send($"{{'execute':'netdev_add','arguments':{{'type':'l2tpv3','id':'d','udp':true,'dstport':'5001',{string.Join(',', [argument, .. others])}}}}}");
        Assert.That(_qmp.Log.Events, Has.Some.Matches<(EventLevel Level, string Message)>(each => each.Level == EventLevel.Warning && each.Message.StartsWith($"d: {warning}", StringComparison.Ordinal)));
    });

    [TestCase("{'type':'stream','id':'other','addr':{'type':'unix','path':'/x'}}", "there is no -netdev 'other'")]
    [TestCase("{'type':'stream'}", "Parameter 'addr' is missing")]
    [TestCase("{'type':'foo'}", "Parameter 'type' does not accept value 'foo'")]
    [TestCase("'stream,addr.type=unix'", "Parameter 'addr.path' is missing")]
    [TestCase("'stream,addr.type=fd,addr.str=web'", "File descriptor named 'web' has not been found")]
    [TestCase("5", "Invalid parameter type for 'x-frontend', expected: object or string")]
    public void A_wrong_front_end_is_an_error_and_leaves_nothing_behind(string frontend, string message)
    {
        using var client = new QmpClient(_qmp.Path);
        client.SendRaw($"{{'execute':'netdev_add','arguments':{Arguments("a")[..^1]},'x-frontend':{frontend}}}}}");
        QmpTalkTests.ExpectError(client.ReadAnswer(), "GenericError", message);
        using Socket port = Loopback.Udp(Loopback.SourceOf(_options)); // Is free again.
    }

    [Test]
    public void A_descriptor_of_our_own_is_not_taken_for_one_that_QEMU_has()
    {
        using var client = new QmpClient(_qmp.Path);
        using Socket ours = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        QmpTalkTests.ExpectError(
            client.Send($"{{'execute':'netdev_add','arguments':{Arguments("a")[..^1]},'x-frontend':'stream,addr.type=fd,addr.str={ours.Handle}'}}}}"),
            "GenericError",
            $"file descriptor {ours.Handle} is not an inherited descriptor");
    }

    [Test]
    public void A_pseudowire_is_added_carries_frames_and_is_removed()
    {
        using var client = new QmpClient(_qmp.Path);
        using Socket peer = Loopback.PeerOf(_options);
        L2tpPeer codec = PseudowireOptions.PeerOf(_options);
        Add(client, "a");
        QmpTalkTests.ExpectError(client.Send($"{{'execute':'netdev_add','arguments':{Arguments("a")}}}"), "GenericError", "Duplicate ID 'a'");
        QmpTalkTests.ExpectError(client.Send($"{{'execute':'netdev_add','arguments':{Arguments("b")}}}"), "GenericError", $"rxsession={_options.ReceiveSession} is that of the pseudowire 'a', which has the same src={_options.Source} and srcport={_options.SourcePort}");
        Assert.That(File.Exists(_qmp.FileName("b.sock")), Is.False);
        using (FakeQemu qemu = FakeQemu.Connect(_qmp.FileName("a.sock")))
        {
            qemu.Send(LoopbackLink.Frame(100));
            Assert.That(codec.Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(100)));
            peer.SendTo(codec.Encode(LoopbackLink.Frame(200)), Loopback.SourceOf(_options));
            Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(200)));
            // A frame is counted when it has left, so it may be here before.
            JsonNode stats = Statistics();
            Until(() => (stats = Statistics())["tunnel-to-guest"]!["frames"]!.GetValue<long>() == 1 && stats["guest-to-tunnel"]!["frames"]!.GetValue<long>() == 1);
            Assert.That(stats["connected"]!.GetValue<bool>(), Is.True);
            Assert.That(stats["guest-to-tunnel"]!.ToJsonString(), Is.EqualTo("""{"frames":1,"bytes":100,"dropped":0,"frames-in":1,"drops":{}}"""));
            Assert.That(stats["tunnel-to-guest"]!.ToJsonString(), Is.EqualTo("""{"frames":1,"bytes":200,"dropped":0,"frames-in":1,"drops":{}}"""));
            Assert.That(client.Execute("netdev_del", new JsonObject { ["id"] = "a" })["return"], Is.Not.Null);
            Assert.That(qemu.IsClosed(), Is.True);
        }

        Assert.That(client.Execute("query-netdev-stats")["return"]!.AsArray(), Is.Empty);
        Assert.That(File.Exists(_qmp.FileName("a.sock")), Is.False);
        using Socket port = Loopback.Udp(Loopback.SourceOf(_options)); // Is free again.

        JsonNode Statistics() => client.Execute("query-netdev-stats", new JsonObject { ["id"] = "a" })["return"]![0]!;
    }

    [Test]
    public void A_link_that_is_down_drops_and_counts_the_frames_of_both_directions_until_it_is_up()
    {
        using var client = new QmpClient(_qmp.Path);
        using Socket peer = Loopback.PeerOf(_options);
        L2tpPeer codec = PseudowireOptions.PeerOf(_options);
        Add(client, "a");
        using FakeQemu qemu = FakeQemu.Connect(_qmp.FileName("a.sock"));
        for (int round = 1; round <= 3; round++)
        {
            SetLink(client, up: false);
            for (int i = 0; i < 10; i++)
            {
                qemu.Send(LoopbackLink.Frame(60, i));
                peer.SendTo(codec.Encode(LoopbackLink.Frame(60, i)), Loopback.SourceOf(_options));
            }

            Until(() => Down(_qmp.All[0].GuestToTunnel) == 10 * round && Down(_qmp.All[0].TunnelToGuest) == 10 * round);
            SetLink(client, up: true);
            qemu.Send(LoopbackLink.Frame(61, round));
            Assert.That(codec.Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(61, round)), "none of the others");
            peer.SendTo(codec.Encode(LoopbackLink.Frame(62, round)), Loopback.SourceOf(_options));
            Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(62, round)), "none of the others");
        }

        JsonNode stats = client.Execute("query-netdev-stats")["return"]![0]!;
        Assert.That(stats["link-up"]!.GetValue<bool>(), Is.True);
        Assert.That(stats["guest-to-tunnel"]!["drops"]!.ToJsonString(), Is.EqualTo("""{"LinkDown":30}"""));

        static long Down(DirectionCounters counters) => counters.Dropped(FrameVerdict.LinkDown);
    }

    [Test]
    public void Two_hundred_that_come_and_go_leave_nothing_behind()
    {
        using var client = new QmpClient(_qmp.Path);
        using Socket peer = Loopback.RoomyPeerOf(_options);
        L2tpv3Options other = Loopback.NewOptions();
        int sockets = 0, mappings = 0;
        for (int i = 0; i < 200; i++)
        {
            Add(client, "a");
            using (FakeQemu qemu = FakeQemu.Connect(_qmp.FileName("a.sock")))
            {
                qemu.Send([.. Enumerable.Repeat(LoopbackLink.Frame(1000), 20)]);
                Assert.That(client.Execute("netdev_del", new JsonObject { ["id"] = "a" })["return"], Is.Not.Null, "in the middle of traffic");
                Assert.That(qemu.IsClosed(), Is.True);
            }

            if (i != 20)
                continue;
            sockets = ProcessFacts.OpenSockets;
            mappings = File.ReadLines("/proc/self/maps").Count();
        }

        ProcessFacts.AssertNoMoreSockets(sockets);
        Assert.That(File.ReadLines("/proc/self/maps").Count(), Is.LessThan(mappings + 150), "less than one for each");
        Assert.That(_qmp.All, Is.Empty);
    }

    [Test]
    public void Quit_is_answered_before_it_is_done()
    {
        using var client = new QmpClient(_qmp.Path);
        Assert.That(client.Execute("quit").ToJsonString(), Is.EqualTo("""{"return":{}}"""));
        Until(() => _qmp.Quits == 1);
    }

    private static void SetLink(QmpClient client, bool up) =>
        Assert.That(client.Execute("set_link", new JsonObject { ["name"] = "a", ["up"] = up }).ToJsonString(), Is.EqualTo("""{"return":{}}"""));

    private static void Until(Func<bool> condition) => Assert.That(condition, Is.True.After(Loopback.PatienceMilliseconds, 5));

    private void Add(QmpClient client, string id) =>
        Assert.That(client.Send($"{{'execute':'netdev_add','arguments':{Arguments(id)}}}").ToJsonString(), Is.EqualTo("""{"return":{}}"""));

    private string Arguments(string id) =>
        $"{{'type':'l2tpv3','id':'{id}','src':'{_options.Source}','dst':'{_options.Destination}','udp':true,'srcport':'{_options.SourcePort}','dstport':'{_options.DestinationPort}','txsession':{_options.TransmitSession},'rxsession':{_options.ReceiveSession}}}";
}
