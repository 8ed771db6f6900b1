using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>Stops, restarts, memory that changes, front ends that go: no frame twice, none lost that need not be, nothing left behind.</summary>
[NonParallelizable]
internal sealed class LifeTests
{
    private const int Count = 10;

    [Test]
    public void M_3_Frames_not_sent_when_the_ring_stops_are_offered_again_and_sent_once([Values(0, 4, 10)] int sent, [Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        BatchUnderTest batch = SendAndFill(link, out byte[][] frames);
        Complete(link, batch, sent);

        link.Qemu.Stop(link.FrontEnd);
        uint position = (uint)sent | (isPacked ? 0x8000u : 0);
        Assert.That(link.Qemu.Rings[1].Layout.Base, Is.EqualTo(isPacked ? position | (position << 16) : position));
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(sent));
        AssertGivenBack(batch, Count - sent);
        Complete(link, batch, Count - sent);
        Assert.That(link.Transmit.TakeUsed(), Is.Empty, "a stopped ring is left alone");

        link.FrontEnd.Run(link.Qemu.Start());
        AssertFills(link, frames[sent..]);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(Count - sent));
    }

    [Test]
    public void R_15_Frames_not_sent_when_memory_changes_are_taken_again_and_sent_once([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        BatchUnderTest batch = SendAndFill(link, out byte[][] frames);
        using var more = new MemoryFile(1 << 20);
        link.FrontEnd.Run([MockMessage.AddRegion(new MemoryRegion(1UL << 40, 1 << 20, 1UL << 44, 0), more.Descriptor).WithNeedReply()]);
        AssertGivenBack(batch, Count);
        Complete(link, batch, Count);
        Assert.That(link.Transmit.TakeUsed(), Is.Empty, "they are the driver's again");
        AssertFills(link, frames);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(Count));
    }

    [Test]
    public void R_15_A_ring_whose_memory_is_removed_is_broken_and_nothing_is_touched()
    {
        using VhostUserLink link = StartPort(isPacked: false);
        BatchUnderTest batch = SendAndFill(link, out _);
        link.FrontEnd.Run([MockMessage.RemoveRegion(link.Memory.Regions[0]).WithNeedReply()]);
        AssertGivenBack(batch, Count);
        Complete(link, batch, Count);
        AssertFills(link, []);
        Assert.That(AcceptOne(link), Is.EqualTo(FrameVerdict.GuestNotReady));
        Assert.That(link.Transmit.TakeUsed(), Is.Empty);
        Assert.That(link.Transmit.TakeErrors(), Is.EqualTo(1));
        Assert.That(link.Memory.Ram.File.OtherMappings, Is.Zero);
    }

    [Test]
    public void R_19_Memory_that_is_cut_short_ends_the_connection_and_nothing_else([Values("fill", "accept", "complete", "stop")] string before)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), isSealable: false, hasPump: false).Start();
        BatchUnderTest batch = SendAndFill(link, out _);
        link.Receive.AddReceive(1600);
        link.Memory.Ram.File.Truncate(0);
        BatchUnderTest next = link.NewBatch();
        switch (before)
        {
            case "fill":
                Assert.That(link.Port.Fill(next.Batch), Is.False);
                break;
            case "accept":
                Assert.That(AcceptOne(link), Is.EqualTo(FrameVerdict.GuestNotConnected));
                link.Turn();
                break;
            case "complete":
                Complete(link, batch, Count);
                break;
            default:
                link.FrontEnd.Send(MockMessage.RingValue(Request.GetVringBase, 1, 0));
                link.Turn();
                Assert.That(link.Port.Fill(next.Batch), Is.False);
                break;
        }

        Assert.That(link.Port.IsConnected, Is.False);
        Assert.That(link.Log.Messages, Has.Some.Contains("shorter"));
        Assert.That(link.Memory.Ram.File.OtherMappings, Is.Zero);
    }

    [Test]
    public void A_front_end_that_is_killed_takes_its_frames_with_it_and_the_next_one_works([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        BatchUnderTest batch = SendAndFill(link, out _);
        link.Disconnect();
        AssertGivenBack(batch, Count);
        Assert.That(AcceptOne(link), Is.EqualTo(FrameVerdict.GuestNotConnected));

        link.NewGuest();
        link.Start();
        BatchUnderTest next = SendAndFill(link, out byte[][] frames);
        Assert.That(next.BytesOf(Count - 1), Is.EqualTo(frames[^1]));
    }

    [Test]
    public void After_a_reconnect_what_was_not_returned_is_sent_and_nothing_twice([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        BatchUnderTest batch = SendAndFill(link, out byte[][] frames);
        Complete(link, batch, 3);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(3));

        // As when this process was killed: QEMU goes on from what was returned.
        link.Reconnect();
        AssertFills(link, frames[3..]);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(Count - 3));
    }

    [Test]
    public void QEMU_sees_the_end_of_the_connection_when_rings_and_memory_are_let_go_of([Values("front end", "fault", "disposal")] string endedBy)
    {
        VhostUserLink link = StartPort(isPacked: false);
        List<int> held = [];
        link.Loop.Removing = () => held.Add(link.Memory.Ram.File.OtherMappings + QemuRing.CountOthers(link.Qemu.Rings));
        if (endedBy == "front end")
            link.Disconnect();
        else if (endedBy == "fault")
            link.FrontEnd.Ask(MockMessage.RingValue(Request.SetVringNum, 99, 1));
        else
            link.Dispose();

        // The rings' own descriptors, then the connection's, then perhaps the listening one.
        Assert.That(held.Skip(2), Is.Not.Empty.And.All.Zero);
        if (endedBy != "disposal")
            link.Dispose();
    }

    [Test]
    public void A_second_front_end_is_refused_while_the_first_goes_on()
    {
        using VhostUserLink link = Start(isPacked: false);
        using (MockFrontEnd second = MockFrontEnd.Connect(link.SocketPath, link.Turn))
            Assert.That(second.IsClosed(), Is.True);
        Assert.That(link.Link.Guest.ConnectionsRefused, Is.EqualTo(1));
        byte[] frame = LoopbackLink.Frame(99);
        link.SendFromGuest(frame);
        AssertArrive(link, [frame]);
    }

    [Test]
    public void M_2_Every_page_that_is_written_is_in_the_log_and_no_other([Values] bool isPacked)
    {
        using VhostUserLink link = Start(isPacked);
        using var log = new MemoryFile(link.Qemu.LogSize);
        link.Receive.AddReceive(100, 9000);
        link.FrontEnd.Run(link.Qemu.StartLog((ulong)link.Qemu.LogSize, log.Descriptor));
        link.Turn();
        log.Bytes.Clear();

        byte[] before = [.. link.Memory.Ram.File.Bytes];
        link.SendFromPeer(LoopbackLink.Frame(8000));
        link.SendFromGuest(LoopbackLink.Frame(8000));
        link.SendFromPeer(LoopbackLink.Frame(60, seed: 3));
        AssertLogged(link, log, before, except: [link.Transmit.Desc, link.Transmit.Avail, link.Transmit.Used]);
        Assert.That(link.Receive.TakeFrames(), Has.Count.EqualTo(1));

        link.FrontEnd.Run([MockMessage.Number(Request.SetFeatures, link.Qemu.Features)]);
        link.Turn();
        log.Bytes.Clear();
        link.Receive.AddReceive(2000);
        link.Receive.Kick();
        link.Turn();
        Assert.That(link.Receive.TakeFrames(), Has.Count.EqualTo(1));
        Assert.That(log.Bytes.IndexOfAnyExcept((byte)0), Is.Negative, "migration is over");
    }

    [Test]
    public void A_hundred_connections_leave_as_much_as_one()
    {
        using var link = new VhostUserLink(new RingKind(64, HasEventIndex: true), pairs: 4);
        (int Descriptors, int Mappings)? first = null;
        for (int i = 0; i < 100; i++)
        {
            if (i > 0)
                link.NewGuest();
            link.Start();
            byte[] frame = LoopbackLink.Frame(99, i);
            link.SendFromGuest(frame);
            AssertArrive(link, [frame]);
            (int, int) now = (link.Memory.Ram.File.OtherDescriptors + QemuRing.CountOthers(link.Qemu.Rings), link.Memory.Ram.File.OtherMappings);
            first ??= now;
            Assert.That(now, Is.EqualTo(first), $"connection {i}");
            link.Disconnect();
            Assert.That(link.Memory.Ram.File.OtherDescriptors + QemuRing.CountOthers(link.Qemu.Rings), Is.Zero);
            Assert.That(link.Memory.Ram.File.OtherMappings, Is.Zero);
        }
    }

    [Test]
    public void Ten_thousand_turns_allocate_nothing([Values(60, 1514, 9014)] int length, [Values] bool isPacked)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(256, isPacked, HasEventIndex: true, HasIndirect: true), pairs: 2).Start();
        byte[] frame = LoopbackLink.Frame(length);
        long allocated = 0;
        for (int i = 0; i < 11_000; i++)
        {
            link.Transmit.AddTransmit(frame, 12);
            foreach (MockDriver receive in link.Drivers.Where(driver => driver.Ring.Index % 2 == 0))
            {
                while (receive.FreeSlots > 200)
                    receive.AddReceive(1536);
                receive.Kick();
            }

            link.Transmit.Kick();
            link.Link.SendFromPeer(frame);
            long before = GC.GetAllocatedBytesForCurrentThread();
            link.Turn();
            if (i >= 1000)
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            _ = link.Link.ReceiveAtPeer();
            Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
            Assert.That(link.Drivers[0].TakeFrames().Count + link.Drivers[2].TakeFrames().Count, Is.EqualTo(1));
        }

        Assert.That(allocated, Is.Zero);
    }

    private static VhostUserLink Start(bool isPacked) => new VhostUserLink(new RingKind(64, isPacked, HasEventIndex: true)).Start();

    private static VhostUserLink StartPort(bool isPacked) => new VhostUserLink(new RingKind(64, isPacked, HasEventIndex: true), hasPump: false).Start();

    /// <summary>The guest sends ten frames, and they are in a batch that no tunnel has taken yet.</summary>
    private static BatchUnderTest SendAndFill(VhostUserLink link, out byte[][] frames)
    {
        frames = [.. Enumerable.Range(0, Count).Select(i => LoopbackLink.Frame(100 + i, i))];
        foreach (byte[] frame in frames)
            link.Transmit.AddTransmit(frame);
        BatchUnderTest batch = link.NewBatch();
        link.Port.Fill(batch.Batch);
        Assert.That(batch.Batch.Count, Is.EqualTo(Count));
        return batch;
    }

    private static void Complete(VhostUserLink link, BatchUnderTest batch, int taken)
    {
        link.Port.Complete(batch.Batch, taken);
        batch.Batch.RemoveFirst(taken);
    }

    private static FrameVerdict AcceptOne(VhostUserLink link)
    {
        BatchUnderTest batch = link.NewBatch();
        batch.Add(LoopbackLink.Frame(60));
        Assert.That(link.Port.Accept(batch.Batch), Is.EqualTo(1));
        return batch.VerdictOf(0);
    }

    /// <summary>What the guest has to send now is this and no more; it is taken.</summary>
    private static void AssertFills(VhostUserLink link, byte[][] frames)
    {
        BatchUnderTest batch = link.NewBatch();
        link.Port.Fill(batch.Batch);
        Assert.That(Enumerable.Range(0, batch.Batch.Count).Select(batch.BytesOf), Is.EqualTo(frames));
        Complete(link, batch, batch.Batch.Count);
    }

    private static void AssertGivenBack(BatchUnderTest batch, int count)
    {
        Assert.That(batch.Batch.Count, Is.EqualTo(count));
        for (int i = 0; i < count; i++)
            Assert.That(batch.VerdictOf(i), Is.EqualTo(FrameVerdict.GivenBack));
    }

    private static void AssertArrive(VhostUserLink link, byte[][] frames)
    {
        foreach (byte[] frame in frames)
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
        Assert.That(link.Link.Peer.Available, Is.Zero, "and no more");
    }

    /// <summary>Compares the log with the pages that differ; the driver's own writes are in the pages of <paramref name="except"/>.</summary>
    private static void AssertLogged(VhostUserLink link, MemoryFile log, byte[] before, ulong[] except)
    {
        const int Page = 4096;
        MemoryRegion region = link.Memory.Regions[0];
        HashSet<ulong> driver = [.. except.Select(address => address / Page)];
        HashSet<ulong> changed = [];
        HashSet<ulong> logged = [];
        for (ulong at = 0; at < region.Size; at += Page)
        {
            int offset = (int)(region.FileOffset + at);
            ulong page = (region.GuestAddress + at) / Page;
            if (!link.Memory.Ram.File.Bytes.Slice(offset, Page).SequenceEqual(before.AsSpan(offset, Page)))
                changed.Add(page);
            if ((log.Bytes[(int)(page / 8)] & (1 << (int)(page % 8))) != 0)
                logged.Add(page);
        }

        HashSet<ulong> frames = [.. PagesOfTransmittedFrames(link)];
        Assert.That(changed.Except(logged).Except(driver).Except(frames), Is.Empty, "written and not logged");
        Assert.That(logged.Except(changed).Except(driver), Is.Empty, "logged and not written");
        Assert.That(logged, Has.Count.GreaterThan(2));
        Assert.That(logged.Intersect(frames.Except(driver)), Is.Empty, "what the guest sends is only read");
    }

    private static IEnumerable<ulong> PagesOfTransmittedFrames(VhostUserLink link) =>
        link.Transmit.Outstanding.SelectMany(buffer => buffer.Pieces).SelectMany(piece =>
            Enumerable.Range(0, (int)((piece.Address + piece.Length - 1) / 4096 - piece.Address / 4096) + 1).Select(i => piece.Address / 4096 + (ulong)i));
}
