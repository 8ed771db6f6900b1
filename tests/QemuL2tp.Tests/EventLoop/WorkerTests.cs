using System.Diagnostics;
using System.Net.Sockets;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.EventLoop;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WorkerTests : IDisposable
{
    private const int Turns = 10_000;

    private readonly TemporaryDirectory _directory = new();

    private string SocketPath => _directory.File("net0.sock");

    public void Dispose() => _directory.Dispose();

    [Test]
    public void A_frame_that_waits_for_a_lost_one_is_delivered_by_the_clock_without_another_packet([Values(1, 2)] int threads)
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads, reorderWindow: 8);
        using FakeQemu qemu = FakeQemu.Connect(SocketPath);
        link.Until(() => link.Guest.IsConnected, "QEMU is connected");
        byte[][] frames = [.. Enumerable.Range(0, 6).Select(i => LoopbackLink.Frame(100 + i, i))];
        link.SendFromPeer(frames[1], 1);
        link.SendFromPeer(frames[2], 2);
        // Together, so that the later one does not go before the other has come.
        link.SendTogetherFromPeer((frames[5], 5), (frames[4], 4));

        foreach (uint number in new uint[] { 1, 2, 4, 5 })
            Assert.That(qemu.Receive(), Is.EqualTo(frames[number]), $"number {number}");
    }

    [Test]
    public void A_frame_that_was_held_back_is_known_to_come_from_the_peer()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 1, reorderWindow: 8);
        foreach (uint number in new uint[] { 1, 2, 4 })
            link.SendFromPeer(LoopbackLink.Frame(100), number);
        link.Until(() => link.Link.TunnelToGuest.Dropped(FrameVerdict.GuestNotConnected) == 3, "the last one too, for which nobody came");
        link.Worker.Stop();

        nuint token = link.Link.TunnelToGuest.LastToken(FrameVerdict.GuestNotConnected);
        byte[] address = new byte[IFrameSenders.MaxAddressLength];
        int length = link.Tunnel.CopySender(token, address);
        Assert.That(token, Is.EqualTo(FrameSlot.FromPeer));
        Assert.That(link.Tunnel.DescribeSender(address.AsSpan(0, length)), Is.EqualTo(link.Peer.LocalEndPoint!.ToString()));
    }

    [Test]
    public unsafe void Ten_thousand_turns_allocate_nothing([Values(60, 1514, 9014)] int length)
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 0);
        using FakeQemu qemu = FakeQemu.Connect(SocketPath);
        link.Turn();
        int qemuSocket = (int)qemu.Socket.Handle;
        int peerSocket = (int)link.Peer.Handle;
        link.Peer.Connect(link.OurEndPoint);
        byte[] record = Pinned(FakeQemu.Record(LoopbackLink.Frame(length)));
        byte[] datagram = Pinned([0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, .. LoopbackLink.Frame(length)]);
        byte[] received = Pinned(new byte[65536]);

        long moved = Run(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        moved += Run(Turns);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(allocated, Is.Zero);
        Assert.That(link.Link.GuestToTunnel.FramesOut, Is.EqualTo(Turns + 1000));
        Assert.That(link.Link.TunnelToGuest.FramesOut, Is.EqualTo(Turns + 1000));
        Assert.That(moved, Is.EqualTo((Turns + 1000L) * (record.Length + datagram.Length)), "every byte came through");

        long Run(int turns)
        {
            long bytes = 0;
            fixed (byte* recordBytes = record, datagramBytes = datagram, receivedBytes = received)
            {
                for (int i = 0; i < turns; i++)
                {
                    LibC.write(qemuSocket, recordBytes, record.Length);
                    LibC.write(peerSocket, datagramBytes, datagram.Length);
                    link.TurnUntilReadable(qemuSocket, peerSocket);
                    bytes += LibC.read(qemuSocket, receivedBytes, received.Length);
                    bytes += LibC.read(peerSocket, receivedBytes, received.Length);
                }
            }

            return bytes;
        }
    }

    [Test]
    public void S_4_A_guest_that_stops_reading_stops_only_its_own_direction()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 0);
        using FakeQemu qemu = FakeQemu.Connect(SocketPath);
        link.Turn();

        // Far more than the socket holds, and QEMU reads none of it.
        int sent = 0;
        for (; sent < 4000; sent++)
        {
            link.SendFromPeer(LoopbackLink.Frame(1400, sent));
            link.Turn();
        }

        Assert.That(link.Link.TunnelToGuest.FramesOut, Is.LessThan(sent), "the test means to fill the socket");
        for (int i = 0; i < 500; i++)
        {
            qemu.Send(LoopbackLink.Frame(100, i));
            link.Turn();
            Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(100, i)));
        }

        // What was accepted arrives whole and in order once QEMU reads again.
        for (int i = 0; i < (int)link.Link.TunnelToGuest.FramesOut; i++)
        {
            Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(1400, i)));
            link.Turn();
        }
    }

    [Test]
    public void A_QEMU_that_goes_away_while_frames_wait_for_it_frees_the_direction()
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 0);
        FakeQemu stuck = FakeQemu.Connect(SocketPath);
        link.Turn();
        for (int i = 0; i < 4000; i++)
        {
            link.SendFromPeer(LoopbackLink.Frame(1400, i));
            if (i % 60 == 59) // Many frames in one call, so that a record is written in part.
                link.Turn();
        }

        stuck.Dispose();
        link.Until(() => !link.Guest.IsConnected, "the end is noticed");
        link.Turn();
        using FakeQemu next = FakeQemu.Connect(SocketPath);
        link.Until(() => link.Guest.IsConnected, "the next one is connected");
        link.SendFromPeer(LoopbackLink.Frame(77));
        link.Turn();

        Assert.That(next.Receive(), Is.EqualTo(LoopbackLink.Frame(77)), "a whole record, and no old one");
        DirectionCounters counters = link.Link.TunnelToGuest;
        Assert.That(counters.FramesIn, Is.EqualTo(counters.FramesOut + counters.DroppedInAll));
    }

    [Test]
    public void A_worker_that_polls_looks_for_more_for_so_long_after_the_last_frame_and_then_sleeps([Values(0, 1000)] int microseconds)
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath) with { PollMicroseconds = microseconds }, threads: 0);
        using FakeQemu qemu = FakeQemu.Connect(SocketPath);
        link.Turn();
        Assert.That(link.Worker.RunTurn(0), Is.False, "no frame has come yet");

        // Clock: it polls at least so long, and a busy machine makes it longer only.
        long start = Stopwatch.GetTimestamp();
        qemu.Send(LoopbackLink.Frame(60));
        int turns = 0;
        while (link.Worker.RunTurn(0) || link.Link.GuestToTunnel.FramesOut == 0)
            turns++;
        double took = Stopwatch.GetElapsedTime(start).TotalMicroseconds;

        if (microseconds > 0)
            Assert.That(took, Is.GreaterThanOrEqualTo(microseconds));
        else
            Assert.That(turns, Is.LessThanOrEqualTo(2), "the frame, and that there is no other");
    }

    [Test]
    public void An_idle_worker_sleeps([Values(1, 2)] int threads)
    {
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads);
        using FakeQemu qemu = FakeQemu.Connect(SocketPath);
        link.Until(() => link.Guest.IsConnected, "connected");

        string[] awake = [];
        Until.True(() => (awake = ProcessFacts.Awake("test")).Length == 0, () => $"asleep: {string.Join("; ", awake)}");
    }

    [Test]
    public void A_worker_that_is_stopped_ends_its_thread_and_closes_everything([Values(1, 2)] int threads)
    {
        int descriptors = 0;
        for (int i = 0; i < 20; i++)
        {
            using (var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads))
            using (FakeQemu qemu = FakeQemu.Connect(SocketPath))
                link.Until(() => link.Guest.IsConnected, "connected");
            if (i == 0)
                descriptors = ProcessFacts.OpenSockets;
        }

        ProcessFacts.AssertNoMoreSockets(descriptors);
        // A thread that was joined is in /proc for another moment.
        Until.True(() => ProcessFacts.ThreadsNamed("test") == 0, "its thread is gone");
    }

    [Test]
    public void With_two_threads_connections_that_end_at_any_moment_under_load_both_ways_take_only_their_frames_with_them()
    {
        const int Connections = 300;
        using var link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 2);
        using var end = new CancellationTokenSource();
        byte[] fromPeer = LoopbackLink.Frame(300, 1);
        byte[] fromGuest = LoopbackLink.Frame(300, 2);
        Task[] peer = [Task.Run(SendFromPeer), Task.Run(ReceiveAtPeer)];
        int received = 0;
        for (int i = 0; i < Connections; i++)
        {
            using FakeQemu qemu = FakeQemu.Connect(SocketPath);
            for (int j = 0; j < i % 20; j++)
            {
                qemu.Send(fromGuest, fromGuest);
                Assert.That(qemu.Receive(), Is.EqualTo(fromPeer));
                received++;
            }
        }

        end.Cancel();
        Task.WaitAll(peer);
        link.Until(() => !link.Guest.IsConnected, "the last one has ended");
        Assert.That(received, Is.EqualTo(Connections / 20 * 190));
        Assert.That(link.Guest.Connections, Is.EqualTo(Connections));
        link.Until(() => AtRest(link.Link.GuestToTunnel) && AtRest(link.Link.TunnelToGuest), "in = out + drops");

        void SendFromPeer()
        {
            for (uint number = 0; !end.IsCancellationRequested; number++)
                link.SendFromPeer(fromPeer, number);
        }

        void ReceiveAtPeer()
        {
            while (!end.IsCancellationRequested || link.Peer.Available > 0)
            {
                if (link.Peer.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectRead))
                    Assert.That(link.ReceiveAtPeer(), Is.EqualTo(fromGuest));
            }
        }
    }

    private static bool AtRest(DirectionCounters counters) => counters.FramesIn == counters.FramesOut + counters.DroppedInAll;

    private static byte[] Pinned(byte[] bytes)
    {
        byte[] pinned = GC.AllocateArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(pinned, 0);
        return pinned;
    }
}
