using System.Net;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Dgram;

/// <summary>UDP to QEMU over IPv4.</summary>
/// <param name="threads">Worker threads.</param>
[TestFixture(1)]
[TestFixture(2)]
internal sealed class InetDgramTests(int threads)
{
    private readonly IPAddress _host = IPAddress.Parse(Loopback.NewPrefix() + "1");
    private readonly int _ours = Loopback.NewPort();
    private readonly int _qemus = Loopback.NewPort();

    private FrontendOptions Options => OptionsFor(_host.ToString(), _host.ToString());

    [TestCase("127.0.0.1", "127.0.0.1")]
    [TestCase("localhost", "localhost")]
    [TestCase("", "")]
    [TestCase("0.0.0.0", "0.0.0.0")]
    public void Frames_go_both_ways(string local, string remote)
    {
        using DgramQemu qemu = DgramQemu.Inet(new(IPAddress.Loopback, _qemus), new(IPAddress.Loopback, _ours));
        using var link = new LoopbackLink(OptionsFor(local, remote), threads);

        DgramPaths.AssertTraffic(link, qemu);
        Assert.That(link.Guest.IsConnected, Is.True);
    }

    [Test]
    public void Until_QEMU_is_there_the_network_says_so_and_nothing_stops()
    {
        using var link = new LoopbackLink(Options, threads);
        // Of how many it refuses the kernel tells depends on what else goes on in this host (icmp_msgs_per_sec).
        for (int i = 1; ((DgramPort)link.Guest).Counters.PeerRefused != 5; i++)
        {
            Assert.That(i, Is.LessThan(10_000), "told of five");
            link.SendFromPeer(LoopbackLink.Frame(60));
            link.Until(() => link.Link.TunnelToGuest.FramesOut == i, "sent");
            Loopback.Settle();
        }

        Assert.That(link.Guest.IsConnected, Is.False);
        using DgramQemu qemu = StartQemu();
        DgramPaths.AssertTraffic(link, qemu);
        Assert.That(link.Guest.IsConnected, Is.True);
    }

    [Test]
    public void QEMU_is_killed_and_started_again()
    {
        using var link = new LoopbackLink(Options, threads);
        for (int i = 0; i < 3; i++)
        {
            using (DgramQemu qemu = StartQemu())
                DgramPaths.AssertTraffic(link, qemu);
            link.SendFromPeer(LoopbackLink.Frame(60));
            link.SendFromPeer(LoopbackLink.Frame(60));
            link.Until(() => link.Link.TunnelToGuest.FramesOut == (i * 6) + 6, "sent into the void");
        }
    }

    [Test]
    public void A_QEMU_that_is_gone_is_noticed_by_what_the_network_says()
    {
        using var link = new LoopbackLink(Options, threads);
        using (DgramQemu qemu = StartQemu())
            DgramPaths.AssertTraffic(link, qemu);
        Assert.That(link.Guest.IsConnected, Is.True);
        int sent = 4;
        link.Until(
            () =>
            {
                link.SendFromPeer(LoopbackLink.Frame(60));
                sent++;
                return !link.Guest.IsConnected;
            },
            "gone");
        // The next QEMU would get what is still on the way.
        link.Until(() => link.Link.TunnelToGuest.FramesOut + link.Link.TunnelToGuest.DroppedInAll == sent, "sent into the void");
        using DgramQemu next = StartQemu();
        DgramPaths.AssertTraffic(link, next);
        Assert.That((link.Guest.IsConnected, link.Guest.Connections), Is.EqualTo((true, 2)));
    }

    [Test]
    public void Datagrams_of_others_are_dropped()
    {
        using DgramQemu qemu = StartQemu();
        using var link = new LoopbackLink(Options, threads);
        using DgramQemu otherPort = DgramQemu.Inet(new(_host, 0), new(_host, _ours));
        using DgramQemu otherHost = DgramQemu.Inet(new(IPAddress.Loopback, _qemus), new(_host, _ours));

        otherPort.Send(LoopbackLink.Frame(60, 7));
        otherHost.Send(LoopbackLink.Frame(60, 8), []);
        qemu.Send([], LoopbackLink.Frame(13));
        DgramPaths.AssertTraffic(link, qemu);
        Assert.That(() => link.Link.GuestToTunnel.Dropped(FrameVerdict.UnexpectedSource), Is.EqualTo(3).After(Loopback.PatienceMilliseconds, 2));
        Assert.That(() => link.Link.GuestToTunnel.Dropped(FrameVerdict.RuntFrame), Is.EqualTo(2).After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void An_address_that_is_taken_or_not_ours_is_a_clear_error()
    {
        using DgramQemu taken = DgramQemu.Inet(new(_host, _ours), new(_host, _qemus));

        Assert.That(() => new LoopbackLink(Options), Throws.TypeOf<UserErrorException>().With.Property(nameof(UserErrorException.Problem)).EqualTo($"can't bind ip={_host} to socket: Address already in use"));
        Assert.That(() => new LoopbackLink(OptionsFor("192.0.2.1", "127.0.0.1")), Throws.TypeOf<UserErrorException>().With.Property(nameof(UserErrorException.Problem)).EqualTo("can't bind ip=192.0.2.1 to socket: Cannot assign requested address"));
        Assert.That(() => new LoopbackLink(OptionsFor("no-such-host.invalid", "127.0.0.1")), Throws.TypeOf<UserErrorException>().With.Property(nameof(UserErrorException.Problem)).EqualTo("can't resolve host address 'no-such-host.invalid'"));
    }

    private DgramQemu StartQemu() => DgramQemu.Inet(new(_host, _qemus), new(_host, _ours));

    private FrontendOptions OptionsFor(string local, string remote) => new()
    {
        Kind = FrontendKind.Dgram,
        Server = false,
        Address = new DatagramFrontendAddress(new InetFrontendAddress(local, $"{_ours}"), new InetFrontendAddress(remote, $"{_qemus}")),
    };
}
