using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;

namespace QemuL2tp.Tests.Forwarding;

public unsafe class PumpTests
{
    [Test]
    public void An_empty_source_is_waited_for()
    {
        using var test = new PumpUnderTest();
        Assert.That(test.Pump.RunOnce(), Is.EqualTo(PumpState.SourceEmpty));
    }

    [Test]
    public void A_batch_that_was_not_full_means_that_nothing_more_is_there()
    {
        using var test = new PumpUnderTest { Waiting = 3 };
        Assert.That(test.Pump.RunOnce(), Is.EqualTo(PumpState.SourceEmpty));
        Assert.That(test.Delivered, Is.EqualTo(3));
    }

    [Test]
    public void A_full_batch_asks_for_another_turn()
    {
        using var test = new PumpUnderTest { Waiting = 9 };
        Assert.That(test.Pump.RunOnce(), Is.EqualTo(PumpState.MoreWork));
        Assert.That(test.Pump.RunOnce(), Is.EqualTo(PumpState.SourceEmpty));
        Assert.That(test.Delivered, Is.EqualTo(9));
    }

    [Test]
    public void A_full_sink_holds_the_rest_and_the_source_is_not_read()
    {
        using var test = new PumpUnderTest { Waiting = 20, Room = 3 };
        Assert.That(test.Pump.RunOnce(), Is.EqualTo(PumpState.SinkFull));
        Assert.That(test.Pump.IsHolding, Is.True);
        Assert.That(test.Pump.RunOnce(), Is.EqualTo(PumpState.SinkFull));
        Assert.That((test.Delivered, test.Waiting), Is.EqualTo((6, 12)), "three in each of two turns, none of the twelve that still wait");
        Assert.That(test.Applied, Is.EqualTo(8), "each frame is transformed once");
    }

    [Test]
    public void While_the_link_is_down_everything_is_dropped_also_what_the_stage_lets_go()
    {
        using var test = new PumpUnderTest { Waiting = 3 };
        test.Pump.IsLinkUp = false;
        test.Pump.RunOnce();
        Assert.That((test.Delivered, test.Counters.Dropped(FrameVerdict.LinkDown)), Is.EqualTo((0, 3L)));
        test.HeldBack = 2;
        test.Waiting = 1;
        test.Pump.RunOnce();
        Assert.That((test.Delivered, test.Counters.Dropped(FrameVerdict.LinkDown)), Is.EqualTo((0, 6L)));
        test.Pump.IsLinkUp = true;
        test.Waiting = 2;
        test.Pump.RunOnce();
        Assert.That(test.Delivered, Is.EqualTo(2));
    }

    [Test]
    public void In_is_out_plus_drops_and_everything_is_completed_whatever_the_sink_takes()
    {
        Gen<int[]> rooms = Gen.Choose(0, 12).NonEmptyListOf().Select(list => list.ToArray());
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(Arb.From(Gen.Choose(0, 100).Zip(rooms)), input =>
            {
                using var test = new PumpUnderTest { Waiting = input.Item1, DropEvery = 5 };
                for (int i = 0; i < 1000 && (test.Waiting > 0 || test.Pump.IsHolding); i++)
                {
                    test.Room = input.Item2[i % input.Item2.Length] + (i > 500 ? 8 : 0);
                    test.Pump.RunOnce();
                }

                Assert.That(test.Counters.FramesIn, Is.EqualTo(input.Item1));
                Assert.That(test.Counters.FramesOut + test.Counters.DroppedInAll, Is.EqualTo(input.Item1));
                Assert.That(test.Completed, Is.EqualTo(input.Item1));
                Assert.That(test.Delivered, Is.EqualTo(test.Counters.FramesOut));
            }));
    }

    /// <summary>A pump of eight frames between a source of numbers and a sink with some room per call.</summary>
    private sealed class PumpUnderTest : IFrameSource, IFrameStage, IFrameSink, IDisposable
    {
        private static readonly byte[] s_memory = GC.AllocateArray<byte>(1, pinned: true);
        private readonly FrameBatch _batch;
        private int _next;

        public PumpUnderTest()
        {
            _batch = new FrameBatch(Counters, capacity: 8);
            Pump = new Pump(this, new StageList([this]), this, _batch);
        }

        public Pump Pump { get; }
        public DirectionCounters Counters { get; } = new();
        public int Waiting { get; set; }
        public int Room { get; set; } = int.MaxValue;
        public int DropEvery { get; set; } = int.MaxValue;
        public int Delivered { get; private set; }
        public int Completed { get; private set; }
        public int Applied { get; private set; }

        /// <summary>Frames that the stage adds once.</summary>
        public int HeldBack { get; set; }

        public bool Fill(FrameBatch batch)
        {
            fixed (byte* memory = s_memory)
            {
                while (Waiting > 0 && batch.TryAdd(memory, 1, (nuint)_next))
                {
                    Waiting--;
                    _next++;
                }
            }

            return Waiting > 0 || batch.IsFull;
        }

        public void Apply(FrameBatch batch, long now)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                Applied++;
                if (batch[i].Token % (nuint)DropEvery == (nuint)(DropEvery - 1))
                    batch.Drop(i, FrameVerdict.WrongSession);
            }

            if (HeldBack == 0)
                return;
            batch.BeginShape();
            for (int i = 0; i < batch.Count; i++)
                batch.Keep(i);
            fixed (byte* memory = s_memory)
            {
                for (; HeldBack > 0; HeldBack--)
                    batch.Insert(new FrameSlot { Length = 1 }, memory, 0);
            }

            batch.EndShape();
        }

        public int Accept(FrameBatch batch)
        {
            int taken = Math.Min(Room, batch.Count);
            for (int i = 0; i < taken; i++)
                Delivered += batch[i].Verdict == FrameVerdict.Accept ? 1 : 0;
            return taken;
        }

        public void Complete(FrameBatch batch, int done)
        {
            for (int i = 0; i < done; i++)
                Assert.That(batch.OriginToken(i), Is.EqualTo((nuint)Completed++), "in order");
        }

        public void Dispose() => _batch.Dispose();
    }
}
