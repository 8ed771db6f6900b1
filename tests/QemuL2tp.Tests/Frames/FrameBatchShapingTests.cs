using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Frames;

/// <summary>What a stage can do to a batch, and when the source has its buffers back.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed unsafe class FrameBatchShapingTests : IDisposable
{
    private readonly BatchUnderTest _test = new();

    private FrameBatch Batch => _test.Batch;

    public void Dispose() => _test.Dispose();

    [Test]
    public void Frames_go_on_in_a_new_order_and_one_that_is_not_listed_leaves()
    {
        Add(3);
        Batch.BeginShape();
        Batch.Keep(2);
        Batch.Keep(0);
        Batch.EndShape();
        Assert.That((Batch.Count, _test.BytesOf(0)[0], _test.BytesOf(1)[0]), Is.EqualTo((2, (byte)2, (byte)0)));
    }

    [Test]
    public void A_copy_points_at_the_same_bytes_and_has_a_header_of_its_own()
    {
        _test.Add([1, 2], [3]);
        Batch.BeginShape();
        Batch.Keep(0);
        Batch.Duplicate(0);
        Batch.EndShape();
        byte* headers = stackalloc byte[] { 8, 9 };
        Batch.Prepend(0, headers, 1);
        Batch.Prepend(1, headers + 1, 1);
        Assert.That((_test.BytesOf(0), _test.BytesOf(1)), Is.EqualTo((new byte[] { 8, 1, 2, 3 }, new byte[] { 9, 1, 2, 3 })));
        Assert.That((nint)Batch.DataOf(0)->Base, Is.EqualTo((nint)Batch.DataOf(1)->Base));
        TakeAll();
        Assert.That((_test.Counters.FramesIn, _test.Counters.FramesOut), Is.EqualTo((2, 2)));
    }

    [Test]
    public void Parts_are_cut_through_pieces_and_only_the_first_has_what_was_in_front_of_the_frame()
    {
        _test.AddWithHeader([7], [1, 2, 3], [], [4, 5]);
        Batch[0].Headroom = 6;
        Batch.BeginShape();
        Batch.Split(0, 0, 2);
        Batch.Split(0, 2, 2);
        Batch.Split(0, 4, 1);
        Batch.EndShape();
        Assert.That(Enumerable.Range(0, 3).Select(_test.BytesOf), Is.EqualTo((byte[][])[[7, 1, 2], [3, 4], [5]]));
        Assert.That((Batch[0].Headroom, Batch[1].Headroom, Batch[2].Headroom), Is.EqualTo((6, 0, 0)));
        Assert.That((Batch[0].Length, Batch[1].Length, Batch[2].Length), Is.EqualTo((2, 2, 1)));
        TakeAll();
        Assert.That((_test.Counters.FramesIn, _test.Counters.FramesOut, _test.Counters.BytesOut), Is.EqualTo((3, 3, 5)));
    }

    [Test]
    public void Joined_frames_count_as_many_as_they_are()
    {
        Batch.TryBegin(0);
        Batch.Drop(0, FrameVerdict.RuntFrame);
        _test.Add([1, 2]);
        _test.Add([3], [4, 5]);
        _test.Add([6]);
        Batch.BeginShape();
        Batch.Keep(0);
        Batch.Keep(1);
        Assert.That(Batch.TryJoin(2, skip: 2) && Batch.TryJoin(3), Is.True);
        Batch.EndShape();
        Assert.That(_test.BytesOf(1), Is.EqualTo(new byte[] { 1, 2, 5, 6 }), "without the first two bytes of the second");
        Assert.That(Batch[1].Length, Is.EqualTo(4));
        TakeAll();
        Assert.That((_test.Counters.FramesIn, _test.Counters.FramesOut, _test.Counters.DroppedInAll), Is.EqualTo((4, 3, 1)));
    }

    [Test]
    public void The_beginning_of_a_frame_may_be_replaced_and_others_joined_to_it()
    {
        _test.AddWithHeader([9], [1, 2], [3, 4]);
        _test.Add([5, 6]);
        Batch[0].Headroom = 7;
        byte* beginning = stackalloc byte[] { 10, 11, 12 };
        Batch.BeginShape();
        Batch.KeepWith(0, beginning, 3).Offload.SegmentSize = 77;
        Assert.That(Batch.TryJoin(1, skip: 1), Is.True);
        Batch.EndShape();
        Assert.That(_test.BytesOf(0), Is.EqualTo(new byte[] { 9, 10, 11, 12, 4, 6 }));
        Assert.That((Batch[0].Length, Batch[0].Headroom, (int)Batch[0].Offload.SegmentSize), Is.EqualTo((5, 0, 77)));
        TakeAll();
        Assert.That((_test.Counters.FramesIn, _test.Counters.FramesOut, _test.Counters.BytesOut), Is.EqualTo((2, 2, 5)));
    }

    [Test]
    public void And_so_they_do_when_they_are_dropped_or_split_again()
    {
        Add(4);
        Batch.BeginShape();
        Batch.Keep(0);
        Batch.TryJoin(1);
        Batch.Keep(2);
        Batch.TryJoin(3);
        Batch.EndShape();
        Batch.BeginShape();
        Batch.Split(0, 0, 1);
        Batch.Split(0, 1, 1);
        Batch.Keep(1);
        Batch.EndShape();
        Batch.Drop(2, FrameVerdict.GuestNotReady);
        TakeAll();
        Assert.That((_test.Counters.FramesIn, _test.Counters.FramesOut, _test.Counters.Dropped(FrameVerdict.GuestNotReady)), Is.EqualTo((5, 3, 2)));
    }

    [Test]
    public void A_frame_has_no_more_pieces_than_it_may()
    {
        using var test = new BatchUnderTest(FrameBatch.MaxCapacity);
        byte[][] pieces = [.. Enumerable.Repeat(new byte[] { 1 }, FrameBatch.MaxFragments)];
        test.Add(pieces);
        test.Add([2]);
        test.Batch.BeginShape();
        test.Batch.Keep(0);
        Assert.That(test.Batch.TryJoin(1), Is.False);
        test.Batch.Keep(1);
        test.Batch.EndShape();
        Assert.That((test.Batch[0].Length, test.Batch[1].Length), Is.EqualTo((FrameBatch.MaxFragments, 1)));
    }

    [Test]
    public void A_buffer_goes_back_with_the_last_part_made_of_it()
    {
        Add(2, length: 3);
        Batch.BeginShape();
        for (int i = 0; i < 2; i++)
        {
            for (int part = 0; part < 3; part++)
                Batch.Split(i, part, 1);
        }

        Batch.EndShape();
        Assert.That(Enumerable.Range(0, 7).Select(Batch.DoneWith), Is.EqualTo((int[])[0, 0, 0, 1, 1, 1, 2]));
        Take(4);
        Assert.That((Batch.Origins, (int)Batch.OriginToken(0)), Is.EqualTo((1, 101)));
        Assert.That((Batch.DoneWith(1), Batch.DoneWith(2)), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Buffers_of_joined_frames_go_back_together_and_in_the_order_of_the_source()
    {
        Add(5);
        Batch.BeginShape();
        Batch.Keep(3); // 3 and 1
        Batch.TryJoin(1);
        Batch.Keep(0);
        Batch.Keep(4);
        Batch.EndShape();
        Assert.That(Enumerable.Range(0, 4).Select(Batch.DoneWith), Is.EqualTo((int[])[0, 0, 4, 5]), "2 has left; 0 is in front of them all");
    }

    [Test]
    public void When_every_frame_was_copied_all_buffers_go_back_at_once()
    {
        Add(3);
        Batch.BeginShape();
        Batch.EndShape();
        Assert.That((Batch.IsEmpty, Batch.Origins, Batch.DoneWith(0)), Is.EqualTo((true, 3, 3)));
        Take(0);
        Assert.That(Batch.Origins, Is.Zero);
        Add(1);
        Assert.That((Batch.Origins, (int)Batch.OriginToken(0)), Is.EqualTo((1, 100)), "the next batch is as any");
    }

    [Test]
    public void A_frame_that_was_held_back_has_none_of_the_sources_buffers()
    {
        Add(2);
        byte held = 77;
        Batch.BeginShape();
        Batch.Keep(0);
        Batch.Insert(new FrameSlot { Length = 1, IsForeign = true }, &held, headroom: 0);
        Batch.Keep(1);
        Batch.EndShape();
        Assert.That((_test.BytesOf(1), Batch[1].Token, Batch[1].IsForeign), Is.EqualTo((new byte[] { 77 }, FrameSlot.FromUnknown, true)));
        Assert.That(Enumerable.Range(0, 4).Select(Batch.DoneWith), Is.EqualTo((int[])[0, 1, 1, 2]));
        Batch.DropMadeOf(0, FrameVerdict.GivenBack);
        Batch.DropMadeOf(1, FrameVerdict.GivenBack);
        Assert.That(Enumerable.Range(0, 3).Select(_test.VerdictOf), Is.EqualTo((FrameVerdict[])[FrameVerdict.GivenBack, FrameVerdict.Accept, FrameVerdict.GivenBack]));
    }

    [Test]
    public void Everything_that_may_be_made_of_a_buffer_is_dropped_with_it()
    {
        Add(4, length: 2);
        Batch.BeginShape();
        Batch.Split(0, 0, 1);
        Batch.Split(0, 1, 1);
        Batch.Keep(1);
        Batch.TryJoin(2);
        Batch.Keep(3);
        Batch.EndShape();
        Take(1);
        Batch.DropMadeOf(0, FrameVerdict.GivenBack);
        Batch.DropMadeOf(2, FrameVerdict.GivenBack);
        Assert.That(Enumerable.Range(0, 3).Select(_test.VerdictOf), Is.EqualTo((FrameVerdict[])[FrameVerdict.GivenBack, FrameVerdict.GivenBack, FrameVerdict.Accept]));
    }

    private void Add(int frames, int length = 1)
    {
        for (int i = 0; i < frames; i++)
        {
            _test.Add([.. Enumerable.Repeat((byte)i, length)]);
            Batch[i].Token = (nuint)(100 + i);
        }
    }

    private void TakeAll() => Take(Batch.Count);

    private void Take(int count) => Batch.RemoveFirst(count);
}
