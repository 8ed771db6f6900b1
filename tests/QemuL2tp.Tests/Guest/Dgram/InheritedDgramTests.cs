using System.Net;
using System.Net.Sockets;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Guest.Dgram;

/// <summary>Inherited datagram sockets, mostly one end of a socket pair.</summary>
/// <param name="kind">Which front end names the descriptor.</param>
/// <param name="threads">Worker threads.</param>
[TestFixture(FrontendKind.Dgram, 1)]
[TestFixture(FrontendKind.Dgram, 2)]
[TestFixture(FrontendKind.Socket, 1)]
internal sealed unsafe class InheritedDgramTests(FrontendKind kind, int threads)
{
    [Test]
    public void Frames_go_both_ways_over_a_socket_pair_and_its_end_is_final()
    {
        (int ours, DgramQemu qemu) = Pair(LibC.AF_UNIX, LibC.SOCK_DGRAM);
        using var link = new LoopbackLink(Fd(ours), threads);
        bool? canFollow = null;
        link.Guest.Disconnected = value => canFollow = value;

        DgramPaths.AssertTraffic(link, qemu);
        Assert.That((link.Guest.IsConnected, link.Guest.Connections), Is.EqualTo((true, 1)));
        qemu.Dispose();
        link.SendFromPeer(LoopbackLink.Frame(60));
        link.Until(() => canFollow is not null, "the end is told");
        Assert.That(canFollow, Is.False);
        Assert.That(link.Guest.IsConnected, Is.False);

        link.SendFromPeer(LoopbackLink.Frame(60));
        link.Until(() => link.Link.TunnelToGuest.Dropped(FrameVerdict.GuestNotConnected) == 2, "both are dropped");
    }

    [Test]
    public void Frames_sent_just_before_the_end_still_arrive()
    {
        (int ours, DgramQemu qemu) = Pair(LibC.AF_UNIX, LibC.SOCK_DGRAM);
        using var link = new LoopbackLink(Fd(ours), threads: 0);
        bool isOver = false;
        link.Guest.Disconnected = _ => isOver = true;
        link.Turn();
        // The worker hears of both in one turn, the end first: a frame for QEMU cannot be delivered.
        for (int i = 0; i < 8; i++)
            qemu.Send(LoopbackLink.Frame(100, i));
        qemu.Dispose();
        Assert.That(LibC.shutdown(ours, LibC.SHUT_RDWR), Is.Zero);

        link.Until(() => isOver, "the end is told");
        for (int i = 0; i < 8; i++)
            Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(100, i)));
        Assert.That(link.Link.GuestToTunnel.FramesIn, Is.EqualTo(8));
    }

    [Test]
    public void A_full_socket_pair_makes_frames_wait()
    {
        const int Frames = 6000;
        (int ours, DgramQemu qemu) = Pair(LibC.AF_UNIX, LibC.SOCK_DGRAM);
        using (qemu)
        {
            using var link = new LoopbackLink(Fd(ours), threads: 0);
            for (int i = 0; i < Frames; i++)
            {
                link.SendFromPeer(LoopbackLink.Frame(2000, i));
                link.Turn();
            }

            Assert.That(link.Link.TunnelToGuest.FramesOut, Is.LessThan(Frames), "the test means to fill the socket");
            Assert.That(link.Worker.RunTurn(0), Is.False, "nothing to do");
            for (int i = 0; i < link.Link.TunnelToGuest.FramesOut; i++)
            {
                Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(2000, i)));
                link.Turn();
            }

            Assert.That(link.Link.TunnelToGuest.FramesOut, Is.EqualTo(Frames - link.Link.TunnelToGuest.Dropped(FrameVerdict.ReceiveBufferFull)));
        }
    }

    [Test]
    public void A_connected_UDP_socket_works()
    {
        IPAddress host = IPAddress.Parse(Loopback.NewPrefix() + "1");
        int ours = Loopback.NewPort(), qemus = Loopback.NewPort();
        using DgramQemu qemu = DgramQemu.Inet(new(host, qemus), new(host, ours));
        using Socket socket = Loopback.Udp(new(host, ours));
        socket.Connect(new IPEndPoint(host, qemus));
        using var link = new LoopbackLink(Fd(LibC.fcntl((int)socket.Handle, LibC.F_DUPFD_CLOEXEC, 0)), threads);

        DgramPaths.AssertTraffic(link, qemu);
    }

    [Test]
    public void A_socket_that_is_not_connected_is_a_clear_error()
    {
        using Socket socket = Loopback.Udp(new(IPAddress.Loopback, 0));
        Assert.That(() => new LoopbackLink(Fd((int)socket.Handle)), Throws.TypeOf<UserErrorException>().With.Message.Contains("is not a connected socket"));
    }

    [Test]
    public void A_descriptor_that_is_no_socket_is_a_clear_error() =>
        Assert.That(() => new LoopbackLink(Fd(999)), Throws.TypeOf<UserErrorException>().With.Message.Contains("is not an open socket"));

    [Test]
    public void The_type_of_the_socket_decides()
    {
        (int ours, DgramQemu qemu) = Pair(LibC.AF_UNIX, LibC.SOCK_STREAM);
        using (qemu)
        {
            Assert.That(QemuL2tp.Guest.Dgram.DgramPort.IsFor(Fd(ours)), Is.EqualTo(kind == FrontendKind.Dgram));
            if (kind == FrontendKind.Dgram)
                Assert.That(() => new LoopbackLink(Fd(ours)), Throws.TypeOf<UserErrorException>().With.Message.Contains("is not a datagram socket"));
            else
                new LoopbackLink(Fd(LibC.fcntl(ours, LibC.F_DUPFD_CLOEXEC, 0)), threads: 0).Dispose();
        }

        _ = LibC.close(ours);
    }

    private static (int Ours, DgramQemu Qemu) Pair(int family, int type)
    {
        int* pair = stackalloc int[2];
        Assert.That(LibC.socketpair(family, type | LibC.SOCK_CLOEXEC, 0, pair), Is.Zero);
        return (pair[0], DgramQemu.Connected(new Socket(new SafeSocketHandle(pair[1], ownsHandle: true))));
    }

    private FrontendOptions Fd(int descriptor) => new() { Kind = kind, Server = false, Address = new FdFrontendAddress(descriptor) };
}
