using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>Frames through real rings in both directions, whatever the rings are like.</summary>
internal sealed class TrafficTests
{
    private static readonly int[] s_lengths = [14, 60, 61, 1000, 1514, 1518, 4000, 9014, 65000];

    private static IEnumerable<RingKind> Rings =>
        from packed in new[] { false, true }
        from eventIndex in new[] { false, true }
        from indirect in new[] { false, true }
        from header in new[] { 12, 10 }
        where header == 12 || !packed
        select new RingKind(256, packed, eventIndex, indirect, header);

    [TestCaseSource(nameof(Rings))]
    public void Frames_leave_as_the_guest_sent_them(RingKind ring)
    {
        using VhostUserLink link = new VhostUserLink(ring).Start();
        for (int round = 0; round < 12; round++)
        {
            byte[][] frames = [.. s_lengths.Select((length, i) => LoopbackLink.Frame(length, (round * 100) + i))];
            // One piece, header apart, header in two, frame in two, in three with an empty one.
            int[][] cuts = [[], [ring.HeaderLength], [3, ring.HeaderLength - 3], [ring.HeaderLength + 7], [ring.HeaderLength, 0, 9]];
            foreach (byte[] frame in frames)
                link.Transmit.AddTransmit(frame, cuts[(frame.Length + round) % cuts.Length]);
            link.Transmit.Kick();
            link.Turn();

            foreach (byte[] frame in frames)
                Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
            Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(frames.Length));
        }

        Assert.That(link.Link.Link.GuestToTunnel.DroppedInAll, Is.Zero);
        Assert.That(link.Memory.AreGuardsWhole, Is.True);
    }

    [TestCaseSource(nameof(Rings))]
    public void Frames_arrive_as_the_peer_sent_them(RingKind ring)
    {
        using VhostUserLink link = new VhostUserLink(ring).Start();
        for (int round = 0; round < 12; round++)
        {
            byte[][] frames = [.. s_lengths.Where(length => length <= 9014).Select((length, i) => LoopbackLink.Frame(length, (round * 100) + i))];
            for (int i = 0; i < frames.Length; i++)
            {
                int room = ring.HeaderLength == 12 ? 1536 : 9100;
                // In one piece and in several.
                for (int buffers = ring.HeaderLength == 12 ? 8 : 1; buffers > 0; buffers--)
                    _ = (buffers + i) % 2 == 0 ? link.Receive.AddReceive(room) : link.Receive.AddReceive(5, 20, room - 25);
                link.Receive.Kick();
                link.SendFromPeer(frames[i]);
                Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frames[i] }), $"{frames[i].Length} bytes");
                TakeBack(link.Receive, link);
            }
        }

        Assert.That(link.Link.Link.TunnelToGuest.DroppedInAll, Is.Zero);
        Assert.That(link.Memory.AreGuardsWhole, Is.True);
    }

    [Test]
    public void In_is_out_and_drops_and_order_is_kept_while_both_sides_do_as_they_like([Values(1, 2, 3)] int seed, [Values] bool isPacked)
    {
        var ring = new RingKind(32, isPacked, HasEventIndex: seed != 2, HasIndirect: seed != 3);
        using VhostUserLink link = new VhostUserLink(ring).Start();
        var random = new Random(seed);
        Queue<byte[]> toPeer = new();
        Queue<byte[]> toGuest = new();
        long delivered = 0;
        long skipped = 0;
        for (int turn = 0; turn < 3000; turn++)
        {
            for (int i = random.Next(6); i > 0 && link.Transmit.FreeSlots > 4; i--)
            {
                byte[] frame = LoopbackLink.Frame(random.Next(14, 2000), turn);
                toPeer.Enqueue(frame);
                link.Transmit.AddTransmit(frame, [random.Next(1, 26)]);
            }

            for (int i = random.Next(6); i > 0 && link.Receive.FreeSlots > 4; i--)
                link.Receive.AddReceive(random.Next(12, 100), random.Next(1, 2000));
            for (int i = random.Next(4); i > 0 && toGuest.Count < 40; i--)
            {
                byte[] frame = LoopbackLink.Frame(random.Next(14, 3000), turn + i);
                toGuest.Enqueue(frame);
                link.Link.SendFromPeer(frame);
            }

            link.Transmit.Kick();
            link.Receive.Kick();
            link.Turn();
            foreach (byte[] frame in link.Receive.TakeFrames())
            {
                // A slow machine may let the time run out in which frames wait for buffers.
                for (; !toGuest.Dequeue().SequenceEqual(frame); skipped++)
                {
                }

                delivered++;
            }

            _ = link.Transmit.TakeUsed();
            while (toPeer.TryDequeue(out byte[]? frame))
                Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame), $"turn {turn}");
        }

        DirectionCounters counters = link.Link.Link.TunnelToGuest;
        Assert.That(delivered, Is.GreaterThan(1000));
        Assert.That(counters.DroppedInAll, Is.EqualTo(counters.Dropped(FrameVerdict.NoReceiveBuffer)));
        Assert.That(counters.DroppedInAll, Is.InRange(skipped, skipped + toGuest.Count));
        Assert.That(counters.FramesOut, Is.EqualTo(delivered));
        Assert.That(counters.FramesIn - delivered - skipped, Is.InRange(0, toGuest.Count), "the rest waits for buffers, here or in the socket, or came too late at the end");
    }

    [Test]
    public void Queue_pairs_share_the_flows_and_each_flow_stays_in_one([Values(2, 4, 8)] int pairs)
    {
        using VhostUserLink link = new VhostUserLink(pairs: pairs).Start();
        foreach (MockDriver driver in link.Drivers.Where((_, index) => index % 2 == 0))
        {
            for (int i = 0; i < 200; i++)
                driver.AddReceive(1600);
            driver.Kick();
        }

        for (int round = 0; round < 4; round++)
        {
            for (int flow = 0; flow < 40; flow++)
                link.Link.SendFromPeer(UdpFrame(flow, round));
            link.Turn();
        }

        List<byte[]>[] received = [.. link.Drivers.Where((_, index) => index % 2 == 0).Select(driver => driver.TakeFrames())];
        Assert.That(received.Select(frames => frames.Count), Is.All.GreaterThan(0), "every queue has its part");
        Assert.That(received.Sum(frames => frames.Count), Is.EqualTo(160));
        for (int flow = 0; flow < 40; flow++)
        {
            List<byte[]>[] having = [.. received.Where(frames => frames.Any(frame => frame[37] == flow))];
            Assert.That(having, Has.Length.EqualTo(1), $"flow {flow}");
            Assert.That(having[0].Where(frame => frame[37] == flow).Select(frame => (int)frame[^1]), Is.EqualTo((int[])[0, 1, 2, 3]), $"flow {flow}");
        }

        for (int pair = 0; pair < pairs; pair++)
        {
            MockDriver driver = link.Drivers[(2 * pair) + 1];
            byte[] frame = LoopbackLink.Frame(100, pair);
            driver.AddTransmit(frame);
            driver.Kick();
            link.Turn();
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
        }
    }

    [Test]
    public void A_pair_that_is_disabled_gets_nothing_and_what_it_sends_is_discarded()
    {
        using VhostUserLink link = new VhostUserLink(pairs: 2).Start();
        link.FrontEnd.Run(link.Qemu.EnablePair(1, false));
        for (int i = 0; i < 64; i++)
        {
            link.Drivers[0].AddReceive(1600);
            link.Drivers[2].AddReceive(1600);
        }

        for (int flow = 0; flow < 40; flow++)
            link.SendFromPeer(UdpFrame(flow, 0));
        link.Drivers[3].AddTransmit(LoopbackLink.Frame(100));
        link.Drivers[3].KickAnyway();
        link.Turn();

        Assert.That(link.Drivers[0].TakeFrames(), Has.Count.EqualTo(40));
        Assert.That(link.Drivers[2].TakeUsed(), Is.Empty);
        Assert.That(link.Drivers[3].TakeUsed(), Has.Count.EqualTo(1), "taken");
        Assert.That(link.Link.Link.GuestToTunnel.Dropped(FrameVerdict.QueueDisabled), Is.EqualTo(1));
        Assert.That(link.Link.Peer.Available, Is.Zero);
    }

    [Test]
    public void A_turn_calls_the_driver_at_most_once()
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(256)).Start();
        for (int i = 0; i < 100; i++)
            link.Receive.AddReceive(1600);
        _ = link.Receive.TakeCalls();
        for (int i = 0; i < 50; i++)
            link.Link.SendFromPeer(LoopbackLink.Frame(100, i));
        link.Turn();
        Assert.That(link.Receive.TakeCalls(), Is.EqualTo(1));
        Assert.That(link.Receive.TakeFrames(), Has.Count.EqualTo(50));

        link.Receive.DisableCalls();
        link.SendFromPeer(LoopbackLink.Frame(100));
        Assert.That(link.Receive.TakeCalls(), Is.Zero, "the driver does not want it");
    }

    [Test]
    public void An_announcement_leaves_as_a_broadcast()
    {
        using VhostUserLink link = new VhostUserLink().Start();
        link.FrontEnd.Run([MockMessage.Number(QemuL2tp.Guest.VhostUser.Protocol.Request.SendRarp, 0x0000_5634_1200_5452).WithNeedReply()]);
        link.Turn();
        byte[] frame = link.Link.ReceiveAtPeer();
        Assert.That(frame, Has.Length.EqualTo(60));
        Assert.That(frame[..14], Is.EqualTo((byte[])[255, 255, 255, 255, 255, 255, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x80, 0x35]));
    }

    /// <summary>Everything that the driver still has outstanding comes back with a restart; here it is simply used up.</summary>
    private static void TakeBack(MockDriver driver, VhostUserLink link)
    {
        for (int i = 0; driver.Outstanding.Count > 0; i++)
        {
            link.SendFromPeer(LoopbackLink.Frame(60, i));
            _ = driver.TakeFrames();
        }
    }

    /// <summary>UDP over IPv4 whose source port is the flow, and whose last byte is the round.</summary>
    private static byte[] UdpFrame(int flow, int round) =>
    [
        0x52, 0x54, 0, 0, 0, 1, 0x52, 0x54, 0, 0, 0, 2, 8, 0,
        0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1,
        0x40, 0, 0x10, (byte)flow, 0, 10, 0, 0, 0, (byte)round,
    ];
}
