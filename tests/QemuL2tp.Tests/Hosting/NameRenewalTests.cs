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
    private readonly PseudowireHost _host;

    public NameRenewalTests()
    {
        var lookup = new NameLookup((name, _, _) => _names.TryGetValue(name, out string? address) ? ([address], "") : ([], "Name or service not known"));
        _host = new PseudowireHost(_log, lookup: lookup, renewal: new NameRenewal.Times(Missing: 5, Look: 5, Silence: 50));
        _host.Start();
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

    /// <summary>A frame each way.</summary>
    private static void ExpectFrames(L2tpv3Options options, FakeQemu qemu, Socket peer)
    {
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        qemu.Send(LoopbackLink.Frame(100));
        Assert.That(codec.Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(100)));
        peer.SendTo(codec.Encode(LoopbackLink.Frame(200)), Loopback.SourceOf(options));
        Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(200)));
    }

    private Pseudowire Add(string id, L2tpv3Options options, bool waits = true) => _host.Add(new PseudowirePlan(
        new Written<L2tpv3Options>("-netdev", options with { Id = id }), new Written<FrontendOptions>("--frontend", LoopbackLink.Unix(_directory.File(id))))
    {
        WaitsByDefault = waits,
    });

    private FakeQemu Connect(string id) => FakeQemu.Connect(_directory.File(id));
}
