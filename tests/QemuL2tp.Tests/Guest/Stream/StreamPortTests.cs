using System.Net;
using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Guest.Stream;

/// <summary>The front end as a part of a whole link: connections that come, go and misbehave.</summary>
/// <param name="threads">Worker threads.</param>
[TestFixture(1)]
[TestFixture(2)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StreamPortTests(int threads) : IDisposable
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC, fcntl(2)

    private static readonly byte[] s_frame = LoopbackLink.Frame(60);

    private readonly TemporaryDirectory _directory = new();

    private string SocketPath => _directory.File("net0.sock");

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Frames_go_both_ways()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads);
        using FakeQemu qemu = FakeQemu.Connect(SocketPath);

        AssertTraffic(link, qemu);
    }

    [Test]
    public void Frames_of_65000_bytes_go_both_ways()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads);
        using FakeQemu qemu = FakeQemu.Connect(SocketPath);
        byte[] frame = LoopbackLink.Frame(65000);

        qemu.Send(frame);
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(frame));
        link.SendFromPeer(frame);
        Assert.That(qemu.Receive(), Is.EqualTo(frame));
    }

    [Test]
    public void An_abstract_socket_works_with_and_without_padding([Values] bool tight)
    {
        string name = $"qemu-l2tp-test-{Guid.NewGuid():N}";
        using var link = new LoopbackLink(new FrontendOptions { Kind = FrontendKind.Stream, Server = true, Address = new UnixFrontendAddress(name, Abstract: true, Tight: tight) }, threads);
        string padded = tight ? name : name.PadRight(107, '\0');
        using FakeQemu qemu = FakeQemu.Connect("\0" + padded);

        AssertTraffic(link, qemu);
        Assert.That(File.Exists(name), Is.False);
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public void An_inet_socket_works_on_both_families(string host)
    {
        int port = Loopback.NewPort();
        using var link = new LoopbackLink(new FrontendOptions { Kind = FrontendKind.Stream, Server = true, Address = new InetFrontendAddress(host, $"{port}") }, threads);
        using FakeQemu qemu = FakeQemu.Connect(new IPEndPoint(IPAddress.Parse(host), port));

        AssertTraffic(link, qemu);
    }

    [Test]
    public void An_inherited_connection_works_and_its_end_is_final()
    {
        using Socket listener = FakeQemu.Listen(SocketPath);
        using FakeQemu ours = FakeQemu.Connect(SocketPath);
        using FakeQemu qemu = FakeQemu.Accept(listener);
        using var link = new LoopbackLink(new FrontendOptions { Kind = FrontendKind.Stream, Server = false, Address = new FdFrontendAddress(Duplicate(ours.Socket)) }, threads);
        ours.Dispose();
        bool? canFollow = null;
        link.Guest.Disconnected = value => canFollow = value;

        AssertTraffic(link, qemu);
        qemu.Dispose();
        link.Until(() => canFollow is not null, "the end is told");
        Assert.That(canFollow, Is.False);
    }

    [Test]
    public void An_inherited_listening_socket_works()
    {
        using Socket listener = FakeQemu.Listen(SocketPath);
        using var link = new LoopbackLink(new FrontendOptions { Kind = FrontendKind.Stream, Server = true, Address = new FdFrontendAddress(Duplicate(listener)) }, threads);
        using FakeQemu qemu = FakeQemu.Connect(SocketPath);

        AssertTraffic(link, qemu);
    }

    [Test]
    public void We_connect_to_a_QEMU_that_listens_later_and_again_when_it_comes_back()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath, server: false), threads);
        for (int i = 0; i < 3; i++)
        {
            using (Socket listener = FakeQemu.Listen(SocketPath))
            using (FakeQemu qemu = FakeQemu.Accept(listener))
                AssertTraffic(link, qemu);
            File.Delete(SocketPath);
            link.Until(() => !link.Guest.IsConnected, "the end is noticed");
        }

        Assert.That(() => link.Guest.Connections, Is.EqualTo(3).After(Loopback.PatienceMilliseconds, 2));
        Assert.That(() => link.Log.Messages, Has.Some.Contains("waiting for QEMU to listen").After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void S_3_A_disconnect_in_mid_frame_leaves_nothing_behind_for_the_next_connection()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads);
        for (int i = 0; i < 5; i++)
        {
            using (FakeQemu qemu = FakeQemu.Connect(SocketPath))
            {
                AssertTraffic(link, qemu);
                qemu.SendRaw([.. FakeQemu.Record(s_frame)[..(10 + i)]]);
            }

            link.Until(() => !link.Guest.IsConnected, "the end is noticed");
        }

        Assert.That(() => link.Link.GuestToTunnel.Dropped(FrameVerdict.IncompleteFrame), Is.EqualTo(5).After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void S_1_A_bad_length_closes_that_connection_only()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads);
        using (FakeQemu bad = FakeQemu.Connect(SocketPath))
        {
            bad.SendRaw([.. FakeQemu.Prefix(0xffff_ffff), 1, 2, 3]);
            Assert.That(bad.IsClosed(), Is.True);
        }

        using FakeQemu good = FakeQemu.Connect(SocketPath);
        AssertTraffic(link, good);
        Assert.That(() => link.Link.GuestToTunnel.Dropped(FrameVerdict.BadLength), Is.EqualTo(1).After(Loopback.PatienceMilliseconds, 2));
        Assert.That(() => link.Log.Messages, Has.Some.Contains("longer than 65535").After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void S_5_A_second_client_is_refused_and_the_first_goes_on()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads);
        using FakeQemu first = FakeQemu.Connect(SocketPath);
        AssertTraffic(link, first);
        using (FakeQemu second = FakeQemu.Connect(SocketPath))
            Assert.That(second.IsClosed(), Is.True);

        AssertTraffic(link, first);
        Assert.That(() => link.Guest.ConnectionsRefused, Is.EqualTo(1).After(Loopback.PatienceMilliseconds, 2));
        Assert.That(() => link.Log.Messages, Has.Some.Contains("refused a second connection").After(Loopback.PatienceMilliseconds, 2));
    }

    [Test]
    public void S_5_A_successor_is_taken_though_the_end_of_the_first_was_not_read_yet()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 0);
        FakeQemu first = FakeQemu.Connect(SocketPath);
        link.Turn();
        link.Turn();
        Assert.That(link.Guest.IsConnected, Is.True);

        // Both events are there when the worker wakes up, as after a QEMU was killed and started again.
        using FakeQemu second = FakeQemu.Connect(SocketPath);
        first.Dispose();
        link.Until(() => link.Guest.Connections == 2, "the successor is connected");

        second.Send(s_frame);
        link.Until(() => link.Peer.Available > 0, "its frame arrives");
        Assert.That(link.Guest.ConnectionsRefused, Is.Zero);
    }

    [Test]
    public void Nothing_of_a_connection_is_lost_when_its_successors_are_here_before_it_was_read()
    {
        const int Connections = 3, Frames = 700;
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 0);
        link.Peer.ReceiveBufferSize = 16 << 20;
        // None of them was accepted when the next one came; each leaves a frame that is not whole.
        for (int i = 0; i < Connections; i++)
        {
            using FakeQemu qemu = FakeQemu.Connect(SocketPath);
            qemu.Send([.. Enumerable.Range(0, Frames).Select(n => LoopbackLink.Frame(60, n))]);
            qemu.SendRaw(FakeQemu.Record(s_frame)[..30]);
        }

        link.Until(() => link.Guest.Connections == Connections && !link.Guest.IsConnected, "all have come and gone");
        DirectionCounters counters = link.Link.GuestToTunnel;
        Assert.That(link.Guest.ConnectionsRefused, Is.Zero);
        Assert.That(counters.Dropped(FrameVerdict.IncompleteFrame), Is.EqualTo(Connections));
        Assert.That(counters.FramesIn, Is.EqualTo(Connections * (Frames + 1)));
        Assert.That(counters.FramesOut + counters.DroppedInAll, Is.EqualTo(counters.FramesIn));
        Assert.That(counters.FramesOut, Is.EqualTo(Connections * Frames));
    }

    [Test]
    public void Frames_sent_just_before_the_end_still_arrive()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 0);
        using (FakeQemu qemu = FakeQemu.Connect(SocketPath))
        {
            link.Turn();
            link.Turn();
            qemu.Send([.. Enumerable.Range(0, 300).Select(i => LoopbackLink.Frame(100, i))]);
        }

        link.Until(() => !link.Guest.IsConnected, "the end is noticed");
        for (int i = 0; i < 300; i++)
            Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(100, i)));
    }

    [Test]
    public void Without_a_QEMU_frames_are_dropped_and_counted_and_none_of_them_comes_late()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads);
        for (int i = 0; i < 10; i++)
            link.SendFromPeer(s_frame);
        link.Until(() => link.Link.TunnelToGuest.Dropped(FrameVerdict.GuestNotConnected) == 10, "ten frames are dropped");

        using FakeQemu qemu = FakeQemu.Connect(SocketPath);
        link.Until(() => link.Guest.IsConnected, "connected");
        link.SendFromPeer(LoopbackLink.Frame(77));
        Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(77)));
    }

    [Test]
    public void A_hundred_connections_leave_no_more_than_one()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads);
        int afterOne = 0;
        for (int i = 0; i < 100; i++)
        {
            using (FakeQemu qemu = FakeQemu.Connect(SocketPath))
                AssertTraffic(link, qemu);
            link.Until(() => !link.Guest.IsConnected, "the end is noticed");
            if (i == 0)
                afterOne = ProcessFacts.OpenSockets;
        }

        ProcessFacts.AssertNoMoreSockets(afterOne);
        Assert.That(ProcessFacts.ThreadsNamed("test"), Is.EqualTo(1), "one worker of this name");
        Assert.That(Directory.GetFileSystemEntries(_directory.Path), Has.Length.EqualTo(1));
    }

    /// <summary>A descriptor of the same socket, for the port to own.</summary>
    private static int Duplicate(Socket socket) => LibC.fcntl((int)socket.Handle, DuplicateCloseOnExec, 3);

    private static void AssertTraffic(LoopbackLink link, FakeQemu qemu)
    {
        qemu.Send(s_frame, LoopbackLink.Frame(1514));
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(s_frame));
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(1514)));
        link.SendFromPeer(LoopbackLink.Frame(1));
        link.SendFromPeer(LoopbackLink.Frame(900));
        Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(1)), "QEMU delivers a frame of one byte and so do we");
        Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(900)));
    }
}
