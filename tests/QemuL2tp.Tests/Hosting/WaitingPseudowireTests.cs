using System.Net;
using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>What a pseudowire from a file or the control socket depends on may come later, and may go and come back.</summary>
internal sealed class WaitingPseudowireTests
{
    private const string Source = "192.0.2.1";
    private const string Destination = "192.0.2.2";

    [Test]
    public void An_address_that_comes_later_is_used([Values(1, 2)] int threadsEach, [Values] bool udp, [Values] bool ipv6) => OwnNetwork.Run(() =>
    {
        L2tpv3Options options = Options("a", udp, ipv6);
        string prefix = ipv6 ? "-6 address add" : "address add";
        string length = ipv6 ? "/128" : "/32";
        OwnNetwork.Command("ip", $"{prefix} {options.Destination}{length} dev lo");
        using var host = new HostUnderTest(threadsEach);
        Pseudowire late = host.Add(options);
        Assert.That(late.WaitsFor, Does.Contain("could not bind socket err=99").And.Contain($"src={options.Source} is not an address of this host"));
        using FakeQemu qemu = host.Connect("a");
        for (int i = 0; i < 10; i++)
            qemu.Send(LoopbackLink.Frame(100, i));
        Until.True(() => late.GuestToTunnel.Dropped(FrameVerdict.TunnelNotReady) == 10, "they are dropped");
        Assert.That(late.DescribeStatistics(), Does.Contain("waits for: could not bind").And.Contain("dropped TunnelNotReady: 10"));

        OwnNetwork.Command("ip", $"{prefix} {options.Source}{length} dev lo");
        Until.True(() => late.WaitsFor is null, "the address is found");
        ExpectFrames(options, qemu);
        Assert.That(late.GuestToTunnel.Dropped(FrameVerdict.TunnelNotReady), Is.EqualTo(10));
        Assert.That(late.Tunnel.Peer.IsConnected, Is.EqualTo(udp));
        Assert.That(host.Log.Messages.Count(message => message.StartsWith("a: waiting", StringComparison.Ordinal)), Is.EqualTo(1), "told once");
        Assert.That(host.Log.Messages.Count(message => message.Contains("is there now", StringComparison.Ordinal)), Is.EqualTo(1), "told once");
    });

    [Test]
    public void Sessions_of_a_tunnel_wait_together_and_others_run() => OwnNetwork.Run(() =>
    {
        foreach (string address in new[] { Destination, "192.0.2.5" })
            OwnNetwork.Command("ip", $"address add {address}/32 dev lo");
        using var host = new HostUnderTest();
        L2tpv3Options[] late = [Options("a"), Options("b") with { ReceiveSession = 77 }];
        Array.ForEach(late, options => host.Add(options));
        L2tpv3Options running = Options("c") with { Source = "192.0.2.5" };
        Assert.That(host.Add(running).WaitsFor, Is.Null);
        using (FakeQemu qemu = host.Connect("c"))
            ExpectFrames(running, qemu);
        Assert.That(host.Host.All.Count(each => each.WaitsFor is not null), Is.EqualTo(2));

        OwnNetwork.Command("ip", $"address add {Source}/32 dev lo");
        Until.True(() => host.Host.All.All(each => each.WaitsFor is null), "the address is found");
        foreach (L2tpv3Options options in late)
        {
            using FakeQemu qemu = host.Connect(options.Id);
            ExpectFrames(options, qemu);
        }
    });

    [Test]
    public void An_interface_that_comes_later_is_used([Values(1, 2)] int threadsEach) => OwnNetwork.Run(() =>
    {
        L2tpv3Options options = Options("a", ipv6: true) with { Source = "fe80::1%v0", Destination = "fe80::2%v0" };
        using var host = new HostUnderTest(threadsEach);
        Pseudowire late = host.Add(options);
        Assert.That(late.WaitsFor, Does.Contain("could not resolve src"));
        using FakeQemu qemu = host.Connect("a");
        qemu.Send(LoopbackLink.Frame(100));
        Until.True(() => late.GuestToTunnel.Dropped(FrameVerdict.TunnelNotReady) == 1, "it is dropped");

        OwnNetwork.Command("ip", "link add v0 type veth peer name v1");
        foreach (string name in new[] { "v0", "v1" })
            OwnNetwork.Command("ip", $"link set {name} addrgenmode none up");
        OwnNetwork.Command("ip", "address add fe80::1/64 dev v0 nodad");
        OwnNetwork.Command("ip", "address add fe80::2/64 dev v1 nodad");
        Until.True(() => late.WaitsFor is null, () => $"the address is found: {late.WaitsFor}");
        ExpectFrames(options with { Source = "fe80::1%v1", Destination = "fe80::2%v1" }, qemu);
    });

    [Test]
    public void A_link_that_is_down_may_come_up_later([Values] bool wasUp) => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", "link add v0 type veth peer name v1");
        OwnNetwork.Command("ip", "link set v1 up");
        OwnNetwork.Command("ip", $"address add {Source}/24 dev v0");
        OwnNetwork.Command("ip", $"address add {Destination}/32 dev lo");
        if (wasUp)
        {
            OwnNetwork.Command("ip", "link set v0 up");
            OwnNetwork.Command("ip", "link set v0 down");
        }

        using var host = new HostUnderTest();
        L2tpv3Options options = Options("a");
        host.Add(options);
        using FakeQemu qemu = host.Connect("a");
        qemu.Send(LoopbackLink.Frame(100));

        OwnNetwork.Command("ip", "link set v0 up");
        ExpectFrames(options, qemu);
    });

    [Test]
    public void What_it_waits_for_may_become_something_else() => OwnNetwork.Run(() =>
    {
        L2tpv3Options options = Options("a");
        using var host = new HostUnderTest();
        Pseudowire late = host.Add(options);
        Assert.That(late.WaitsFor, Does.Contain("err=99"));
        // Until it is closed it has the port at every address of this host.
        using (Loopback.Udp(new IPEndPoint(IPAddress.Any, Loopback.SourceOf(options).Port)))
        {
            OwnNetwork.Command("ip", $"address add {Source}/32 dev lo");
            Until.True(() => late.WaitsFor?.Contains("err=98", StringComparison.Ordinal) is true, () => $"the port is in use: {late.WaitsFor}");
        }

        Until.True(() => late.WaitsFor is null, () => $"the port is free: {late.WaitsFor}");
        Assert.That(host.Log.Messages.Count(message => message.StartsWith("a: waiting", StringComparison.Ordinal)), Is.EqualTo(2), "each is told once");
    });

    [Test]
    public void What_waits_can_be_removed_and_leaves_nothing() => OwnNetwork.Run(() =>
    {
        using var host = new HostUnderTest();
        int before = 0;
        for (int i = 0; i < 20; i++)
        {
            host.Add(Options("a"));
            host.Add(Options("b", udp: false));
            Assert.That(host.Host.Remove("a"), Is.True);
            Assert.That(host.Host.Remove("b"), Is.True);
            if (i == 0)
                before = OpenSockets();
        }

        // The test host's own sockets come and go.
        Assert.That(OpenSockets(), Is.AtMost(before + 5));
    });

    [Test]
    public void A_port_in_use_is_an_error_and_not_waited_for() => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", $"address add {Source}/32 dev lo");
        using Socket other = Loopback.Udp(Loopback.SourceOf(Options("a")));
        using var host = new HostUnderTest();
        Assert.That(() => host.Add(Options("a")), Throws.TypeOf<UserErrorException>().With.Message.Contains("err=98"));
        Assert.That(host.Host.All, Is.Empty);
    });

    [Test]
    public void Without_waiting_an_address_of_another_host_is_an_error() => OwnNetwork.Run(() =>
    {
        using var host = new HostUnderTest();
        Assert.That(() => host.Add(Options("a"), waits: false), Throws.TypeOf<UserErrorException>().With.Message.Contains("err=99"));
        host.Add(Options("a"));
        Assert.That(() => host.Add(Options("b") with { ReceiveSession = 77 }, waits: false), Throws.TypeOf<UserErrorException>().With.Message.Contains("err=99"), "also where its tunnel waits");
    });

    [Test]
    public void A_peer_without_a_route_gets_its_connected_socket_when_there_is_one([Values(1, 2)] int threadsEach) => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", $"address add {Source}/32 dev lo");
        using var host = new HostUnderTest(threadsEach);
        L2tpv3Options options = Options("a");
        Pseudowire pseudowire = host.Add(options);
        Assert.That(pseudowire.WaitsFor, Is.Null, "it is open");
        Assert.That(pseudowire.Tunnel.Peer.IsConnected, Is.False);
        using FakeQemu qemu = host.Connect("a");
        qemu.Send(LoopbackLink.Frame(100));
        Until.True(() => pseudowire.GuestToTunnel.Dropped(FrameVerdict.Unreachable) == 1, "it is dropped");

        OwnNetwork.Command("ip", $"address add {Destination}/32 dev lo");
        Until.True(() => pseudowire.Tunnel.Peer.IsConnected, "it is connected");
        ExpectFrames(options, qemu);
    });

    [Test]
    public void An_address_that_goes_and_comes_back_under_load_is_survived_with_segmentation([Values(1, 2)] int threadsEach) => OwnNetwork.Run(() =>
    {
        foreach (string address in new[] { Source, Destination })
            OwnNetwork.Command("ip", $"address add {address}/32 dev lo");
        using var host = new HostUnderTest(threadsEach);
        L2tpv3Options options = Options("a");
        Pseudowire pseudowire = host.Add(options);
        using FakeQemu qemu = host.Connect("a");
        using Socket peer = Loopback.RoomyPeerOf(options);
        byte[][] burst = [.. Enumerable.Repeat(LoopbackLink.Frame(1000), 64)];
        for (int i = 0; i < 3; i++)
        {
            OwnNetwork.Command("ip", $"address del {Source}/32 dev lo");
            long unreachable = pseudowire.GuestToTunnel.Dropped(FrameVerdict.Unreachable);
            Until.True(
                () =>
                {
                    qemu.Send(burst);
                    return pseudowire.GuestToTunnel.Dropped(FrameVerdict.Unreachable) > unreachable;
                },
                "nothing can be sent");
            OwnNetwork.Command("ip", $"address add {Source}/32 dev lo");
            long segmented = pseudowire.Network.FramesSegmented;
            Until.True(
                () =>
                {
                    qemu.Send(burst);
                    while (peer.Available > 0)
                        peer.ReceiveDatagram();
                    return pseudowire.Network.FramesSegmented > segmented + 1000;
                },
                "many frames leave as one message again");
        }

        Assert.That(host.Log.Messages, Has.None.Contains("the kernel refuses"));
    });

    private static L2tpv3Options Options(string id, bool udp = true, bool ipv6 = false) => PseudowireOptions.Create(udp, ipv6) with
    {
        Id = id,
        Source = ipv6 ? "2001:db8::1" : Source,
        Destination = ipv6 ? "2001:db8::2" : Destination,
    };

    private static int OpenSockets() => Directory.GetFiles("/proc/self/fd").Length;

    /// <summary>A frame each way.</summary>
    private static void ExpectFrames(L2tpv3Options options, FakeQemu qemu)
    {
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        using Socket peer = Loopback.PeerOf(options);
        Until.True(
            () =>
            {
                qemu.Send(LoopbackLink.Frame(100));
                return peer.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead);
            },
            "a frame comes");
        Assert.That(codec.Decode(peer.ReceiveDatagram()[codec.IPv4Header.Length..], out _), Is.EqualTo(LoopbackLink.Frame(100)));
        peer.SendTo((codec with { IPv4Header = [] }).Encode(LoopbackLink.Frame(200)), new IPEndPoint(IPAddress.Parse(options.Source), Loopback.SourceOf(options).Port));
        Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(200)));
    }

    /// <summary>A host that runs, whose pseudowires have a stream socket each.</summary>
    private sealed class HostUnderTest : IDisposable
    {
        private readonly TemporaryDirectory _directory = new();

        public HostUnderTest(int threadsEach = 1)
        {
            Host = new PseudowireHost(Log, threadsEach);
            Host.Start();
        }

        public RecordingLog Log { get; } = new();

        public PseudowireHost Host { get; }

        public Pseudowire Add(L2tpv3Options options, bool waits = true) => Host.Add(new PseudowirePlan(
            new Written<L2tpv3Options>("-netdev", options), new Written<FrontendOptions>("--frontend", LoopbackLink.Unix(_directory.File(options.Id))))
        {
            WaitsByDefault = waits,
        });

        public FakeQemu Connect(string id) => FakeQemu.Connect(_directory.File(id));

        public void Dispose()
        {
            Host.Dispose();
            _directory.Dispose();
        }
    }
}
