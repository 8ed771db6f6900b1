using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Guest;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Dgram;

/// <summary>Unix datagrams as a part of a whole link: QEMU comes, goes and comes back, and so do we.</summary>
/// <param name="threads">Worker threads.</param>
[TestFixture(1)]
[TestFixture(2)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UnixDgramTests(int threads) : IDisposable
{
    private readonly DgramPaths _paths = new();

    public void Dispose() => _paths.Dispose();

    [Test]
    public void Frames_go_both_ways()
    {
        using DgramQemu qemu = _paths.StartQemu();
        using var link = new LoopbackLink(_paths.Options, threads);

        DgramPaths.AssertTraffic(link, qemu);
    }

    [Test]
    public void Frames_of_65000_bytes_go_both_ways()
    {
        using DgramQemu qemu = _paths.StartQemu();
        using var link = new LoopbackLink(_paths.Options, threads);
        byte[] frame = LoopbackLink.Frame(65000);

        qemu.Send(frame);
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(frame));
        link.SendFromPeer(frame);
        Assert.That(qemu.Receive(), Is.EqualTo(frame));
    }

    [Test]
    public void Until_QEMU_is_there_frames_are_dropped_and_none_of_them_comes_late()
    {
        using var link = new LoopbackLink(_paths.Options, threads);
        for (int i = 0; i < 10; i++)
            link.SendFromPeer(LoopbackLink.Frame(60));
        link.Until(() => link.Link.TunnelToGuest.Dropped(FrameVerdict.GuestNotConnected) == 10, "ten frames are dropped");
        Assert.That(link.Guest.IsConnected, Is.False);
        Assert.That(() => link.Log.Messages, Has.Exactly(1).Contains("waiting for QEMU at").After(Loopback.PatienceMilliseconds, 2));

        using DgramQemu qemu = _paths.StartQemu();
        DgramPaths.AssertTraffic(link, qemu);
        Assert.That(link.Guest.IsConnected, Is.True);
        Assert.That((link.Guest.Connections, link.Guest.Presence), Is.EqualTo((1L, GuestPresence.Connected)));
    }

    [Test]
    public void A_QEMU_that_is_heard_before_it_is_sent_anything_is_told_of()
    {
        using var link = new LoopbackLink(_paths.Options, threads);
        Assert.That((link.Guest.Connections, link.Guest.Presence), Is.EqualTo((0L, GuestPresence.NotConnected)));
        using DgramQemu qemu = _paths.StartQemu();
        qemu.Send(LoopbackLink.Frame(60));
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(60)));
        Assert.That(() => (link.Guest.Connections, link.Guest.Presence), Is.EqualTo((0L, GuestPresence.Heard)).After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void QEMU_is_killed_and_started_again_and_no_frame_after_that_is_lost()
    {
        using var link = new LoopbackLink(_paths.Options, threads);
        for (int i = 0; i < 5; i++)
        {
            // Its file is still there, and the next QEMU replaces it.
            using DgramQemu qemu = _paths.StartQemu();
            DgramPaths.AssertTraffic(link, qemu);
        }

        Assert.That(link.Link.TunnelToGuest.DroppedInAll, Is.Zero);
        Assert.That(link.Guest.Connections, Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public void A_QEMU_that_is_gone_is_noticed_when_a_frame_is_sent_to_it()
    {
        using var link = new LoopbackLink(_paths.Options, threads);
        using (DgramQemu qemu = _paths.StartQemu())
            DgramPaths.AssertTraffic(link, qemu);
        link.SendFromPeer(LoopbackLink.Frame(60));
        link.Until(() => !link.Guest.IsConnected, "gone");
        Assert.That(() => link.Log.Messages, Has.Some.Contains("QEMU is gone from").After(Loopback.PatienceMilliseconds, 2));

        File.Delete(_paths.Qemus);
        link.SendFromPeer(LoopbackLink.Frame(60));
        link.Until(() => link.Link.TunnelToGuest.Dropped(FrameVerdict.GuestNotConnected) == 2, "both are dropped");
        using DgramQemu next = _paths.StartQemu();
        DgramPaths.AssertTraffic(link, next);
        Assert.That(() => link.Guest.Connections, Is.EqualTo(2).After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void We_may_be_started_again_while_QEMU_goes_on([Values] bool isKilled)
    {
        using DgramQemu qemu = _paths.StartQemu();
        for (int i = 0; i < 3; i++)
        {
            using (var link = new LoopbackLink(_paths.Options, threads))
                DgramPaths.AssertTraffic(link, qemu);
            Assert.That(File.Exists(_paths.Ours), Is.False, "our file is gone");
            if (isKilled)
                DgramQemu.Unix(_paths.Ours, _paths.Qemus).Dispose();
        }
    }

    [Test]
    public void What_is_at_our_path_and_is_in_use_or_no_socket_stays()
    {
        using (DgramQemu other = DgramQemu.Unix(_paths.Ours, _paths.Qemus))
            Assert.That(() => new LoopbackLink(_paths.Options), Throws.TypeOf<UserErrorException>().With.Message.Contains("another process receives there"));
        Assert.That(File.Exists(_paths.Ours), Is.True);

        File.Delete(_paths.Ours);
        File.WriteAllText(_paths.Ours, "precious");
        Assert.That(() => new LoopbackLink(_paths.Options), Throws.TypeOf<UserErrorException>().With.Message.Contains("a file that is not a socket"));
        Assert.That(File.ReadAllText(_paths.Ours), Is.EqualTo("precious"));
    }

    [Test]
    public void A_path_that_cannot_be_bound_is_an_error_in_QEMUs_words()
    {
        FrontendOptions options = _paths.Options with { Address = new DatagramFrontendAddress(new UnixFrontendAddress("/no/such/directory/x"), new UnixFrontendAddress(_paths.Qemus)) };
        Assert.That(() => new LoopbackLink(options), Throws.TypeOf<UserErrorException>().With.Property(nameof(UserErrorException.Problem)).EqualTo("can't bind unix=/no/such/directory/x to socket: No such file or directory"));
    }

    [Test]
    public void Datagrams_of_others_are_dropped_and_told_of()
    {
        using DgramQemu qemu = _paths.StartQemu();
        using var link = new LoopbackLink(_paths.Options, threads);
        string place = _paths.Ours + "-stranger";
        using DgramQemu stranger = DgramQemu.Unix(place, _paths.Ours);
        using var nameless = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        stranger.Send(LoopbackLink.Frame(60, 7));
        nameless.SendTo(LoopbackLink.Frame(60, 8), new UnixDomainSocketEndPoint(_paths.Ours));
        DgramPaths.AssertTraffic(link, qemu);
        Assert.That(() => link.Link.GuestToTunnel.Dropped(FrameVerdict.UnexpectedSource), Is.EqualTo(2).After(Loopback.PatienceMilliseconds, 2));
        Assert.That(() => link.Log.Messages, Has.Some.Contains($"from {place}: only those from {_paths.Qemus} are QEMU's").After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void Short_and_empty_datagrams_are_counted_and_receiving_goes_on()
    {
        using DgramQemu qemu = _paths.StartQemu();
        using var link = new LoopbackLink(_paths.Options, threads);

        qemu.Send([], LoopbackLink.Frame(1), LoopbackLink.Frame(13), []);
        DgramPaths.AssertTraffic(link, qemu);
        Assert.That(() => link.Link.GuestToTunnel.Dropped(FrameVerdict.RuntFrame), Is.EqualTo(4).After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void A_datagram_that_no_packet_can_carry_is_dropped()
    {
        using DgramQemu qemu = _paths.StartQemu();
        using var link = new LoopbackLink(_paths.Options, threads);

        qemu.Send(LoopbackLink.Frame(65535), LoopbackLink.Frame(65536), LoopbackLink.Frame(69632));
        DgramPaths.AssertTraffic(link, qemu);
        Assert.That(() => link.Link.GuestToTunnel.Dropped(FrameVerdict.FrameTooLong), Is.EqualTo(1).After(Loopback.PatienceMilliseconds, 2));
        Assert.That(() => link.Link.GuestToTunnel.Dropped(FrameVerdict.Truncated), Is.EqualTo(2).After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void A_socket_of_another_kind_at_QEMUs_path_is_told_of()
    {
        using Socket listener = FakeQemu.Listen(_paths.Qemus);
        using var link = new LoopbackLink(_paths.Options, threads);

        link.SendFromPeer(LoopbackLink.Frame(60));
        link.Until(() => link.Link.TunnelToGuest.Dropped(FrameVerdict.GuestNotConnected) == 1, "dropped");
        Assert.That(() => link.Log.Messages, Has.Some.Contains("Protocol wrong type for socket").And.Contains("-netdev dgram").After(Loopback.PatienceMilliseconds, 2));
    }
}
