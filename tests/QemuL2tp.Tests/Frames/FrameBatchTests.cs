using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Frames;

public unsafe class FrameBatchTests
{
    [Test]
    public void A_frame_is_header_then_data_in_one_vector()
    {
        using var test = new BatchUnderTest();
        int index = test.Add([1, 2, 3], [4, 5]);
        Assert.That(test.BytesOf(index), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5 }), "no header yet");

        byte* header = stackalloc byte[] { 9, 8 };
        test.Batch.Prepend(index, header, 2);

        Assert.That(test.BytesOf(index), Is.EqualTo(new byte[] { 9, 8, 1, 2, 3, 4, 5 }));
        Assert.That(test.Batch[index].Length, Is.EqualTo(5), "the header is not part of the frame");
    }

    [Test]
    public void Stripping_moves_the_front_and_leaves_headroom()
    {
        using var test = new BatchUnderTest();
        int index = test.Add([1, 2, 3, 4, 5]);

        test.Batch.StripFront(index, 3);

        Assert.That(test.BytesOf(index), Is.EqualTo(new byte[] { 4, 5 }));
        Assert.That(test.Batch[index].Length, Is.EqualTo(2));
        Assert.That(test.Batch[index].Headroom, Is.EqualTo(3));
    }

    [Test]
    public void The_batch_is_full_at_its_capacity_and_refuses_one_more()
    {
        using var test = new BatchUnderTest(capacity: 3);
        for (int i = 0; i < 3; i++)
            test.Add([1]);
        byte one = 1;

        Assert.That(test.Batch.IsFull, Is.True);
        Assert.That(test.Batch.TryAdd(&one, 1), Is.False);
        Assert.That(test.Counters.FramesIn, Is.EqualTo(3));
    }

    [Test]
    public void A_batch_that_is_not_full_takes_a_frame_of_three_pieces()
    {
        using var test = new BatchUnderTest(capacity: 64);
        while (!test.Batch.IsFull)
            test.Add([1], [2], [3]);

        Assert.That(test.Batch.Count, Is.EqualTo(64));
    }

    [Test]
    public void What_goes_in_goes_out_or_is_counted_as_dropped()
    {
        using var test = new BatchUnderTest();
        for (int i = 0; i < 5; i++)
            test.Add(new byte[10 + i]);
        test.Batch.Drop(1, FrameVerdict.WrongCookie);
        test.Batch.Drop(1, FrameVerdict.TooShort);
        test.Batch.Drop(3, FrameVerdict.WrongCookie);
        test.Batch.Reject(FrameVerdict.RuntFrame);

        test.Batch.RemoveFirst(2);
        test.Batch.RemoveFirst(3);

        Assert.That(test.Batch.IsEmpty, Is.True);
        Assert.That(test.Counters.FramesIn, Is.EqualTo(6));
        Assert.That(test.Counters.FramesOut, Is.EqualTo(3));
        Assert.That(test.Counters.BytesOut, Is.EqualTo(10 + 12 + 14));
        Assert.That(test.Counters.Dropped(FrameVerdict.WrongCookie), Is.EqualTo(2), "the first reason stays");
        Assert.That(test.Counters.Dropped(FrameVerdict.TooShort), Is.Zero);
        Assert.That(test.Counters.DroppedInAll, Is.EqualTo(3));
    }

    [Test]
    public void What_is_left_keeps_its_bytes_and_its_header_after_a_part_was_taken()
    {
        using var test = new BatchUnderTest();
        for (byte i = 0; i < 4; i++)
            test.AddWithHeader([(byte)(100 + i)], [i]);

        test.Batch.RemoveFirst(3);

        Assert.That(test.Batch.Count, Is.EqualTo(1));
        Assert.That(test.BytesOf(0), Is.EqualTo(new byte[] { 103, 3 }));
    }

    [TestCase(0)]
    [TestCase(1025)]
    public void A_capacity_out_of_range_is_refused(int capacity) =>
        Assert.That(() => new FrameBatch(new DirectionCounters(), capacity), Throws.TypeOf<ArgumentOutOfRangeException>());
}
