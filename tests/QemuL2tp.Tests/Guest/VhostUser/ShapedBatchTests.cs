using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Stages;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>The guest's buffers while stages have made other frames of what is in them.</summary>
[NonParallelizable]
internal sealed class ShapedBatchTests
{
    private const int Count = 6;

    [Test]
    public void A_buffer_goes_back_with_the_last_part_of_its_frame([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        BatchUnderTest batch = SendAndFill(link, new SplitInThree(), out _);
        int[] returned = new int[3 * Count];
        for (int i = 0; i < returned.Length; i++)
        {
            Complete(link, batch, 1);
            returned[i] = link.Transmit.TakeUsed().Count;
        }

        Assert.That(returned, Is.EqualTo(Enumerable.Range(0, 3 * Count).Select(i => i % 3 == 2 ? 1 : 0)));
    }

    [Test]
    public void Buffers_of_joined_frames_go_back_together([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        BatchUnderTest batch = SendAndFill(link, new JoinThree(), out byte[][] frames);
        Assert.That(batch.BytesOf(1), Is.EqualTo(frames[3..].SelectMany(frame => frame)));
        Complete(link, batch, 1);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(3));
        Complete(link, batch, 1);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(3));
    }

    [Test]
    public void Buffers_of_frames_that_a_stage_holds_go_back_at_once([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        using var stage = new DelayByTimer(1000);
        BatchUnderTest batch = SendAndFill(link, stage, out _);
        Assert.That((batch.Batch.IsEmpty, stage.FramesHeld), Is.EqualTo((true, Count)));
        Complete(link, batch, 0);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(Count));
    }

    [Test]
    public void When_the_ring_stops_every_part_of_what_is_not_done_with_goes_and_the_frame_comes_again([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        BatchUnderTest batch = SendAndFill(link, new SplitInThree(), out byte[][] frames);
        // Two frames, and a third of the next.
        Complete(link, batch, 7);
        link.Qemu.Stop(link.FrontEnd);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(2));
        Assert.That(Enumerable.Range(0, batch.Batch.Count).Select(batch.VerdictOf), Is.All.EqualTo(FrameVerdict.GivenBack));
        Complete(link, batch, batch.Batch.Count);
        Assert.That(link.Transmit.TakeUsed(), Is.Empty, "a stopped ring is left alone");

        link.FrontEnd.Run(link.Qemu.Start());
        BatchUnderTest next = link.NewBatch();
        link.Port.Fill(next.Batch);
        Assert.That(Enumerable.Range(0, next.Batch.Count).Select(next.BytesOf), Is.EqualTo(frames[2..]));
        Complete(link, next, next.Batch.Count);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(Count - 2));
        Assert.That(batch.Counters.FramesIn, Is.EqualTo(batch.Counters.FramesOut + batch.Counters.DroppedInAll));
    }

    [Test]
    public void When_the_ring_stops_no_joined_frame_with_a_piece_of_it_is_left([Values] bool isPacked)
    {
        using VhostUserLink link = StartPort(isPacked);
        BatchUnderTest batch = SendAndFill(link, new JoinThree(), out _);
        link.FrontEnd.Run([MockMessage.RemoveRegion(link.Memory.Regions[0]).WithNeedReply()]);
        Assert.That(Enumerable.Range(0, batch.Batch.Count).Select(batch.VerdictOf), Is.EqualTo((FrameVerdict[])[FrameVerdict.GivenBack, FrameVerdict.GivenBack]));
        Complete(link, batch, 2);
        Assert.That(batch.Counters.Dropped(FrameVerdict.GivenBack), Is.EqualTo(Count));
    }

    private static VhostUserLink StartPort(bool isPacked) => new VhostUserLink(new RingKind(64, isPacked, HasEventIndex: true), hasPump: false).Start();

    /// <summary>The guest sends frames, and a stage has made something of them.</summary>
    private static BatchUnderTest SendAndFill(VhostUserLink link, IFrameStage stage, out byte[][] frames)
    {
        frames = [.. Enumerable.Range(0, Count).Select(i => LoopbackLink.Frame(100 + i, i))];
        foreach (byte[] frame in frames)
            link.Transmit.AddTransmit(frame);
        BatchUnderTest batch = link.NewBatch();
        link.Port.Fill(batch.Batch);
        Assert.That(batch.Batch.Count, Is.EqualTo(Count));
        stage.Apply(batch.Batch, 0);
        return batch;
    }

    private static void Complete(VhostUserLink link, BatchUnderTest batch, int taken)
    {
        link.Port.Complete(batch.Batch, batch.Batch.DoneWith(taken));
        batch.Batch.RemoveFirst(taken);
    }
}
