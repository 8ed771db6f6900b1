using System.Runtime.InteropServices;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Stages;

namespace QemuL2tp.Tests.Forwarding;

/// <summary>
/// What stages may rely on and must keep to, with a source that overwrites a buffer as soon as it is said to be done with, and a sink that takes
/// as much as it likes.
/// </summary>
internal sealed class StageContractTests
{
    private const int Seeds = 20;

    [TestCaseSource(typeof(StageLists), nameof(StageLists.All))]
    public void Every_byte_comes_out_once_and_in_order_and_every_buffer_goes_back(Func<IFrameStage>[] stages)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using var test = new Road(new FastRandom(seed), [.. stages.Select(make => make())]);
            for (int turn = 0; turn < 200; turn++)
                test.Turn();
            test.Drain();

            Assert.That(CollectionsMarshal.AsSpan(test.Out).SequenceEqual(CollectionsMarshal.AsSpan(test.In)), Is.True, $"seed {seed}: the bytes");
            Assert.That(test.Completed, Is.EqualTo(test.Filled), $"seed {seed}: buffers");
            Assert.That(test.Counters.FramesIn, Is.EqualTo(test.Counters.FramesOut + test.Counters.DroppedInAll), $"seed {seed}: in = out + drops");
            Assert.That(test.Counters.DroppedInAll, Is.EqualTo(test.Dropped), $"seed {seed}: nothing else is dropped");
        }
    }

    [Test]
    public void What_is_reserved_is_asked_from_the_last_stage_to_the_first_and_is_the_sum()
    {
        var list = new StageList([new Reserves(10, 20), new SplitInThree(), new Reserves(100, 200)]);

        // Behind the last one 924 slots and 3896 pieces, in front of the split a third and a quarter of them.
        BatchRoom reserve = list.Reserve(FrameBatch.RoomOf(1024));
        Assert.That(FrameBatch.RoomOf(1024) - reserve, Is.EqualTo(new BatchRoom(308 - 10, 974 - 20)));
    }

    [Test]
    public void A_list_without_stages_reserves_nothing() =>
        Assert.That(new StageList([]).Reserve(FrameBatch.RoomOf(1024)), Is.EqualTo(default(BatchRoom)));

    [Test]
    public void Stages_that_leave_no_room_for_the_source_are_refused() =>
        Assert.That(() => new FrameBatch(new DirectionCounters(), 64, new BatchRoom(64, 0)), Throws.TypeOf<ArgumentOutOfRangeException>());

    private sealed class Reserves(int slots, int fragments) : IFrameStage
    {
        public BatchRoom Reserve(BatchRoom room) => new(slots, fragments);

        public void Apply(FrameBatch batch, long now)
        {
        }
    }

    /// <summary>A pump between both.</summary>
    private sealed unsafe class Road : IFrameSource, IFrameSink, IDisposable
    {
        private const int Buffers = 4096;
        private const int BufferLength = 256;
        private const byte Overwritten = 0xee;

        private readonly byte* _memory = (byte*)NativeMemory.Alloc(Buffers, BufferLength);
        private readonly FastRandom _random;
        private readonly IFrameStage[] _stages;
        private readonly FrameBatch _batch;
        private readonly Pump _pump;
        private bool _isDraining;

        public Road(FastRandom random, IFrameStage[] stages)
        {
            _random = random;
            _stages = stages;
            var list = new StageList(stages);
            // So small that it is often full.
            int capacity = random.Chance(50) ? FrameBatch.MaxCapacity : 512;
            _batch = new FrameBatch(Counters, capacity, list.Reserve(FrameBatch.RoomOf(capacity)));
            _pump = new Pump(this, list, this, _batch);
        }

        public DirectionCounters Counters { get; } = new();

        public List<byte> In { get; } = [];

        public List<byte> Out { get; } = [];

        public int Filled { get; private set; }

        public int Completed { get; private set; }

        public int Dropped { get; private set; }

        public void Turn() => _pump.RunOnce();

        /// <summary>Until the stages have nothing left.</summary>
        public void Drain()
        {
            _isDraining = true;
            Until.True(
                () =>
                {
                    _pump.RunOnce();
                    return !_pump.IsHolding && _pump.Due == long.MaxValue;
                },
                "the stages let everything go");
        }

        public bool Fill(FrameBatch batch)
        {
            for (int i = _isDraining ? 0 : _random.Next(200); i > 0 && !batch.IsFull; i--)
            {
                int length = _random.Between(1, BufferLength);
                int pieces = Math.Min(length, _random.Between(1, 3));
                byte* buffer = BufferAt(Filled);
                for (int k = 0; k < length; k++)
                    buffer[k] = (byte)_random.Next(Overwritten);
                if (!batch.TryBegin(pieces, (nuint)Filled))
                    Assert.Fail("a batch that is not full takes a frame of three pieces");
                for (int piece = 0; piece < pieces; piece++)
                    batch.Append(buffer + (piece * (length / pieces)), piece == pieces - 1 ? length - (piece * (length / pieces)) : length / pieces);
                Filled++;
                if (_random.Chance(5))
                {
                    batch.Drop(batch.Count - 1, FrameVerdict.RuntFrame);
                    Dropped++;
                    continue;
                }

                In.AddRange(new ReadOnlySpan<byte>(buffer, length));
            }

            return false;
        }

        public int Accept(FrameBatch batch)
        {
            int taken = _isDraining || _random.Chance(40) ? batch.Count : _random.Next(batch.Count + 1);
            for (int i = 0; i < taken; i++)
            {
                if (batch[i].Verdict != FrameVerdict.Accept)
                    continue;
                int length = 0;
                FrameFragment* data = batch.DataOf(i);
                for (int piece = 0; piece < batch[i].FragmentCount; piece++)
                {
                    Out.AddRange(new ReadOnlySpan<byte>(data[piece].Base, (int)data[piece].Length));
                    length += (int)data[piece].Length;
                }

                Assert.That(length, Is.EqualTo(batch[i].Length));
                // What a sink may do: write in front of the frame.
                new Span<byte>(data->Base - batch[i].Headroom, batch[i].Headroom).Fill(Overwritten);
            }

            return taken;
        }

        public void Complete(FrameBatch batch, int done)
        {
            Assert.That(done, Is.LessThanOrEqualTo(batch.Origins));
            for (int i = 0; i < done; i++)
            {
                Assert.That(batch.OriginToken(i), Is.EqualTo((nuint)Completed), "in the order of the source");
                new Span<byte>(BufferAt(Completed++), BufferLength).Fill(Overwritten);
            }
        }

        public void Dispose()
        {
            _batch.Dispose();
            foreach (IFrameStage stage in _stages)
                (stage as IDisposable)?.Dispose();
            NativeMemory.Free(_memory);
        }

        private byte* BufferAt(int number) => _memory + (number % Buffers * BufferLength);
    }
}
