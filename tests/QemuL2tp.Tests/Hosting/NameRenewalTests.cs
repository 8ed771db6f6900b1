using System.Collections.Concurrent;
using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>Names that have no address yet, and names that get another one.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NameRenewalTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<string, string> _names = new();
    private readonly RecordingLog _log = new();
    private readonly NameLookup _lookup;
    private PseudowireHost _host;

    public NameRenewalTests()
    {
        _lookup = new NameLookup((name, _, _) => _names.TryGetValue(name, out string? address) ? ([address], "") : ([], "Name or service not known"));
        _host = NewHost();
    }

    public void Dispose()
    {
        _host.Dispose();
        _directory.Dispose();
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_name_that_resolves_later_is_waited_for(bool isSource)
    {
        L2tpv3Options options = Loopback.NewOptions();
        Pseudowire late = Add("a", isSource ? options with { Source = "late.example" } : options with { Destination = "late.example" });
        Assert.That(late.WaitsFor, Does.Contain(isSource ? "could not resolve src" : "could not resolve dst").And.Contain("late.example"));
        Assert.That(late.ReadNumbers()["network", "path-mtu"], Is.Zero, "there is no path yet");
        using FakeQemu qemu = Connect("a");
        qemu.Send(LoopbackLink.Frame(100));
        Until.True(() => late.GuestToTunnel.Dropped(FrameVerdict.TunnelNotReady) == 1, "it is dropped");

        _names["late.example"] = isSource ? options.Source : options.Destination;
        Until.True(() => late.WaitsFor is null, () => $"the name is known: {late.WaitsFor}");
        using Socket peer = Loopback.PeerOf(options);
        ExpectFrames(options, qemu, peer);
        Assert.That(late.Tunnel.Peer.IsConnected, Is.True);
        Assert.That(_log.Messages.Count(message => message.StartsWith("a: waiting", StringComparison.Ordinal)), Is.EqualTo(1), "told once");
    }

    [Test]
    public void A_name_without_an_address_is_an_error_where_nobody_waits()
    {
        L2tpv3Options options = Loopback.NewOptions() with { Destination = "late.example" };
        Assert.That(() => Add("a", options, waits: false), Throws.TypeOf<UserErrorException>().With.Message.Contains("could not resolve dst"));
        Assert.That(() => Add("a", options with { Waits = false }), Throws.TypeOf<UserErrorException>(), "x-wait=off");
        Assert.That(Add("a", options with { Waits = true }, waits: false).WaitsFor, Is.Not.Null, "x-wait=on");
    }

    [Test]
    public void An_unknown_service_is_an_error_that_no_time_mends() => Assert.That(
        () => Add("a", Loopback.NewOptions() with { Destination = "late.example", DestinationPort = "no-such-service" }),
        Throws.TypeOf<UserErrorException>().With.Message.Contains("could not resolve dst").And.Property("Option").EqualTo("dstport"));

    [Test]
    public void A_silent_peer_is_followed_to_another_address_and_no_other_session_is()
    {
        L2tpv3Options first = Loopback.NewOptions();
        L2tpv3Options second = first with { Destination = Loopback.NewPrefix() + "2" };
        _names["peer.example"] = first.Destination;
        L2tpv3Options named = first with { Destination = "peer.example" };
        Pseudowire moving = Add("a", named, waits: false);
        Pseudowire once = Add("b", named with { ReceiveSession = 77, ResolveOnce = true }, waits: false);
        Pseudowire fixedOne = Add("c", first with { ReceiveSession = 78 }, waits: false);
        using FakeQemu qemu = Connect("a");
        using Socket firstPeer = Loopback.PeerOf(first), secondPeer = Loopback.PeerOf(second);
        ExpectFrames(first, qemu, firstPeer);
        Assert.That(moving.Tunnel.Peer, Is.SameAs(fixedOne.Tunnel.Peer));

        _names["peer.example"] = second.Destination;
        Until.True(() => moving.Tunnel.Peer.Address.Host.ToString() == second.Destination, "it is found at the new address");
        ExpectFrames(second, qemu, secondPeer);
        Assert.That(moving.Tunnel.Peer.IsConnected, Is.True);
        Until.True(() => moving.TunnelToGuest.FramesOut == 2, "both are counted");
        Assert.That(new[] { once, fixedOne }.Select(each => each.Tunnel.Peer.Address.Host.ToString()), Is.All.EqualTo(first.Destination));
        using FakeQemu other = Connect("c");
        ExpectFrames(first with { ReceiveSession = 78 }, other, firstPeer);

        _names["peer.example"] = first.Destination;
        Until.True(() => moving.Tunnel.Peer == fixedOne.Tunnel.Peer, "and back");
        ExpectFrames(first, qemu, firstPeer);
    }

    [Test]
    public void A_name_that_turns_out_to_be_the_address_of_a_tunnel_joins_it([Values(1, 2)] int threadsEach, [Values] bool udp, [Values] bool isNamedFirst, [Values] bool isOnePeer)
    {
        Restart(threadsEach);
        L2tpv3Options open = Loopback.NewOptions(udp);
        L2tpv3Options joining = open with { ReceiveSession = 77, Destination = isOnePeer ? open.Destination : Loopback.NewPrefix() + "2" };
        L2tpv3Options named = joining with { Source = "late.example" };
        if (isNamedFirst)
            Add("late", named);
        Pseudowire first = Add("a", open);
        if (!isNamedFirst)
            Add("late", named);
        Pseudowire late = _host.Find("late")!;
        Pseudowire sibling = Add("sibling", named with { ReceiveSession = 78 });
        using FakeQemu qemu = Connect("late"), other = Connect("a");
        qemu.Send(LoopbackLink.Frame(100));
        Until.True(() => late.GuestToTunnel.Dropped(FrameVerdict.TunnelNotReady) == 1, "it is dropped");

        _names["late.example"] = open.Source;
        Until.True(() => late.WaitsFor is null && sibling.WaitsFor is null, () => $"the name is known: {late.WaitsFor}");
        using Socket peer = Loopback.PeerOf(joining), otherPeer = isOnePeer ? peer : Loopback.PeerOf(open);
        ExpectFrames(joining, qemu, peer);
        ExpectFrames(open, other, otherPeer);
        Assert.That(new[] { late, sibling }.Select(each => each.Tunnel.Tunnel), Is.All.SameAs(first.Tunnel.Tunnel));
        Assert.That(late.Tunnel.Peer.IsConnected, Is.EqualTo(udp));
        Assert.That(_log.Messages.Count(message => message.StartsWith("late", StringComparison.Ordinal) && message.Contains("is there now, in one tunnel with a", StringComparison.Ordinal)), Is.EqualTo(1));

        _host.Remove("a");
        ExpectFrames(joining, qemu, peer);
        _host.Remove("sibling");
        ExpectFrames(joining, qemu, peer);
    }

    [Test]
    public void Two_names_that_turn_out_to_be_one_address_are_one_tunnel([Values(1, 2)] int threadsEach, [Values] bool udp)
    {
        Restart(threadsEach);
        L2tpv3Options options = Loopback.NewOptions(udp);
        L2tpv3Options second = options with { ReceiveSession = 77 };
        Pseudowire one = Add("a", options with { Source = "one.example" });
        Pseudowire other = Add("b", second with { Source = "other.example" });
        _names["one.example"] = _names["other.example"] = options.Source;
        Until.True(() => one.WaitsFor is null && other.WaitsFor is null, "the names are known");
        Assert.That(one.Tunnel.Tunnel, Is.SameAs(other.Tunnel.Tunnel));
        using FakeQemu qemu = Connect("a"), otherQemu = Connect("b");
        using Socket peer = Loopback.PeerOf(options);
        ExpectFrames(options, qemu, peer);
        ExpectFrames(second, otherQemu, peer);
    }

    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    public void What_cannot_be_in_one_tunnel_waits_until_the_other_has_gone(bool udp, bool isSession)
    {
        L2tpv3Options options = Loopback.NewOptions(udp);
        L2tpv3Options named = options with { Source = "late.example" };
        if (!isSession)
            named = named with { ReceiveSession = 77, ReceiveOffload = OffloadSwitch.Off };
        Pseudowire late = Add("late", named);
        Pseudowire first = Add("a", options);
        L2tpv3Options resolved = late.Netdev with { Source = options.Source };
        UserErrorException conflict = LocalPort.FindConflict(resolved, options with { Id = "a" })!;
        Assert.That(conflict.Problem, Does.Contain(isSession ? "rxsession" : "x-gro"));
        _names["late.example"] = options.Source;
        Until.True(() => late.WaitsFor == conflict.Message.Replace("\n", "; ", StringComparison.Ordinal), () => $"it says why: {late.WaitsFor}");
        Assert.That(_log.Messages, Has.Exactly(1).StartsWith($"late: waiting, and dropping frames: {conflict.Problem}"));
        Assert.That(Add("more", options with { ReceiveSession = 79 }).WaitsFor, Is.Null, "others go on");
        _host.Remove("more");
        using (FakeQemu other = Connect("a"))
        using (Socket peer = Loopback.PeerOf(options))
            ExpectFrames(options, other, peer);
        Assert.That(late.TunnelToGuest.FramesIn, Is.Zero, "nothing is delivered twice");
        Until.True(() => first.TunnelToGuest.FramesOut == 1, "it is counted");

        _host.Remove("a");
        Until.True(() => late.WaitsFor is null, () => $"the other has gone: {late.WaitsFor}");
        using FakeQemu qemu = Connect("late");
        using Socket latePeer = Loopback.PeerOf(options);
        ExpectFrames(resolved, qemu, latePeer);
    }

    [Test]
    public void A_tunnel_that_another_thread_serves_is_not_joined()
    {
        Restart(threadsEach: 2);
        L2tpv3Options open = Loopback.NewOptions();
        Add("a", open with { Source = Loopback.NewPrefix() + "1" });
        Add("b", open);
        Pseudowire late = Add("late", open with { Source = "late.example", ReceiveSession = 77 });
        _names["late.example"] = open.Source;
        Until.True(() => late.WaitsFor?.Contains($"src={open.Source} is that of the pseudowire 'b', which another thread serves", StringComparison.Ordinal) is true, () => $"it says why: {late.WaitsFor}");
        Assert.That(_host.Remove("late"), Is.True);
        Assert.That(Add("late", open with { Source = "late.example", ReceiveSession = 77 }).WaitsFor, Is.Null);
    }

    /// <summary>A frame each way.</summary>
    private static void ExpectFrames(L2tpv3Options options, FakeQemu qemu, Socket peer)
    {
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        qemu.Send(LoopbackLink.Frame(100));
        Assert.That(codec.Decode(peer.ReceiveDatagram()[codec.IPv4Header.Length..], out _), Is.EqualTo(LoopbackLink.Frame(100)));
        peer.SendTo((codec with { IPv4Header = [] }).Encode(LoopbackLink.Frame(200)), Loopback.SourceOf(options));
        Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(200)));
    }

    private PseudowireHost NewHost(int threadsEach = 1)
    {
        var host = new PseudowireHost(_log, threadsEach, lookup: _lookup, renewal: new NameRenewal.Times(Missing: 5, Look: 5, Silence: 50));
        host.Start();
        return host;
    }

    private void Restart(int threadsEach)
    {
        _host.Dispose();
        _host = NewHost(threadsEach);
    }

    private Pseudowire Add(string id, L2tpv3Options options, bool waits = true) => _host.Add(Plan(id, options, waits));

    private PseudowirePlan Plan(string id, L2tpv3Options options, bool waits = true) => new(
        new Written<L2tpv3Options>("-netdev", options with { Id = id }), new Written<FrontendOptions>("--frontend", LoopbackLink.Unix(_directory.File(id))))
    {
        WaitsByDefault = waits,
    };

    private FakeQemu Connect(string id) => FakeQemu.Connect(_directory.File(id));
}
