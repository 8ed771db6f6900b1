using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Stream;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Stream;

public class RecordReaderTests
{
    private static readonly byte[] s_frame = LoopbackLink.Frame(60);

    [TestCase(14)]
    [TestCase(60)]
    [TestCase(1514)]
    [TestCase(9014)]
    [TestCase(65535)]
    public void A_record_of_any_proper_length_is_a_frame(int length)
    {
        using var test = new ReaderUnderTest();
        byte[] frame = LoopbackLink.Frame(length);

        test.Send(FakeQemu.Record(frame));

        Assert.That(test.ReadAll(), Is.EqualTo(new[] { frame }));
    }

    [Test]
    public void S_1_A_length_of_zero_is_skipped([Values(1, 100)] int times)
    {
        using var test = new ReaderUnderTest();
        for (int i = 0; i < times; i++)
            test.Send(FakeQemu.Prefix(0));
        test.Send(FakeQemu.Record(s_frame));

        Assert.That(test.ReadAll(), Is.EqualTo(new[] { s_frame }));
        Assert.That(test.Counters.FramesIn, Is.EqualTo(1));
    }

    [Test]
    public void S_1_Less_than_an_Ethernet_header_is_counted_and_skipped([Range(1, 13)] int length)
    {
        using var test = new ReaderUnderTest();

        test.Send(FakeQemu.Record(LoopbackLink.Frame(length), s_frame));

        Assert.That(test.ReadAll(), Is.EqualTo(new[] { s_frame }));
        Assert.That(test.Counters.Dropped(FrameVerdict.RuntFrame), Is.EqualTo(1));
    }

    [TestCase(65536u)]
    [TestCase(69632u)]
    [TestCase(69633u)]
    [TestCase(0x7fff_ffffu)]
    [TestCase(0x8000_0000u)]
    [TestCase(0xffff_ffffu)]
    public void S_1_A_length_out_of_range_ends_the_connection_after_the_frames_before_it(uint length)
    {
        using var test = new ReaderUnderTest();

        test.Send([.. FakeQemu.Record(s_frame), .. FakeQemu.Prefix(length), 1, 2, 3]);

        Assert.That(test.ReadAll(), Is.EqualTo(new[] { s_frame }));
        Assert.That(test.End, Is.EqualTo(ConnectionEnd.BadLength));
        Assert.That(test.Counters.Dropped(FrameVerdict.BadLength), Is.EqualTo(1));
    }

    [Test]
    public void S_2_Records_split_at_any_byte_are_whole_again([Range(1, 11)] int at)
    {
        using var test = new ReaderUnderTest();
        byte[] bytes = FakeQemu.Record(LoopbackLink.Frame(14, 1), LoopbackLink.Frame(14, 2));

        test.Send(bytes[..at]);
        List<byte[]> frames = test.ReadAll();
        test.Send(bytes[at..]);
        frames.AddRange(test.ReadAll());

        Assert.That(frames, Is.EqualTo(new[] { LoopbackLink.Frame(14, 1), LoopbackLink.Frame(14, 2) }));
    }

    [Test]
    public void S_2_One_byte_at_a_time_arrives_and_a_drip_without_end_stays_within_the_pool()
    {
        using var test = new ReaderUnderTest();
        List<byte[]> frames = [];
        byte[] bytes = [.. FakeQemu.Record(LoopbackLink.Frame(300)), .. FakeQemu.Prefix(65535)];
        foreach (byte one in bytes.Concat(new byte[5000]))
        {
            test.Send([one]);
            frames.AddRange(test.ReadAll());
        }

        Assert.That(frames, Is.EqualTo(new[] { LoopbackLink.Frame(300) }));
        Assert.That(test.End, Is.EqualTo(ConnectionEnd.None));
    }

    [Test]
    public void More_records_than_a_batch_holds_come_in_several_batches_without_another_read()
    {
        using var test = new ReaderUnderTest();
        byte[][] sent = [.. Enumerable.Range(0, 1000).Select(i => LoopbackLink.Frame(14 + (i % 50), i))];
        test.Send(FakeQemu.Record(sent));

        Assert.That(test.ReadAll(), Is.EqualTo(sent));
    }

    [Test]
    public void S_3_The_remains_of_a_frame_are_counted_at_the_end_and_forgotten_by_the_next_connection()
    {
        using var test = new ReaderUnderTest();
        test.Send([.. FakeQemu.Record(s_frame), .. FakeQemu.Record(s_frame)[..30]]);
        test.Hang();

        Assert.That(test.ReadAll(), Is.EqualTo(new[] { s_frame }));
        Assert.That(test.End, Is.EqualTo(ConnectionEnd.PeerClosed));
        Assert.That(test.Counters.Dropped(FrameVerdict.IncompleteFrame), Is.EqualTo(1));

        test.Reconnect();
        test.Send(FakeQemu.Record(LoopbackLink.Frame(77)));
        Assert.That(test.ReadAll(), Is.EqualTo(new[] { LoopbackLink.Frame(77) }));
    }

    [Test]
    public void Frames_stay_valid_until_the_batch_is_completed()
    {
        using var test = new ReaderUnderTest();
        test.Send(FakeQemu.Record(LoopbackLink.Frame(100, 1)));
        test.FillOnce();
        test.Send(FakeQemu.Record(LoopbackLink.Frame(100, 2)));

        Assert.That(test.FramesInBatch(), Is.EqualTo(new[] { LoopbackLink.Frame(100, 1) }));
        test.Complete();
        Assert.That(test.ReadAll(), Is.EqualTo(new[] { LoopbackLink.Frame(100, 2) }));
    }

    [Test]
    public void S_2_Any_records_in_any_pieces_are_the_same_records()
    {
        Gen<int[]> lengths = Gen.Frequency((6, Gen.Choose(14, 200)), (2, Gen.Choose(201, 9014)), (1, Gen.Choose(9015, 65535))).ArrayOf();
        Gen<int[]> pieces = Gen.Frequency((3, Gen.Choose(1, 50)), (3, Gen.Choose(51, 40_000))).NonEmptyListOf().Select(list => list.ToArray());
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(200),
            Prop.ForAll(Arb.From(lengths.Zip(pieces)), input =>
            {
                using var test = new ReaderUnderTest();
                (int[] frameLengths, int[] pieceLengths) = input;
                byte[][] sent = [.. frameLengths.Select(LoopbackLink.Frame)];
                byte[] bytes = FakeQemu.Record(sent);
                List<byte[]> received = [];
                for (int at = 0, i = 0; at < bytes.Length; i++)
                {
                    int count = Math.Min(pieceLengths[i % pieceLengths.Length], bytes.Length - at);
                    test.Send(bytes[at..(at + count)]);
                    received.AddRange(test.ReadAll());
                    at += count;
                }

                Assert.That(received, Is.EqualTo(sent));
                Assert.That(test.Counters.FramesIn, Is.EqualTo(test.Counters.FramesOut + test.Counters.DroppedInAll));
            }));
    }

    [Test]
    public void S_1_Arbitrary_bytes_never_break_the_reader()
    {
        var random = new Random(42);
        for (int round = 0; round < 500; round++)
        {
            using var test = new ReaderUnderTest();
            byte[] bytes = new byte[random.Next(1, 2000)];
            random.NextBytes(bytes);
            for (int i = 0; i < bytes.Length; i += 7)
                bytes[i] = 0; // Short lengths are the interesting ones.
            test.Send(bytes);
            test.Hang();
            test.ReadAll();
            Assert.That(test.Counters.FramesIn, Is.EqualTo(test.Counters.FramesOut + test.Counters.DroppedInAll));
        }
    }

    /// <summary>A reader on one end of a connected pair, and the other end.</summary>
    private sealed unsafe class ReaderUnderTest : IDisposable
    {
        private readonly TemporaryDirectory _directory = new();
        private readonly Socket _listener;
        private readonly RecordReader _reader = new();
        private readonly FrameBatch _batch;
        private FakeQemu _ours = null!;
        private FakeQemu _qemu = null!;

        public ReaderUnderTest()
        {
            _batch = new FrameBatch(Counters);
            _listener = FakeQemu.Listen(_directory.File("s"));
            Reconnect();
        }

        public DirectionCounters Counters { get; } = new();

        public ConnectionEnd End { get; private set; }

        public void Send(byte[] bytes) => _qemu.SendRaw(bytes);

        public void Hang() => _qemu.Dispose();

        public void Reconnect()
        {
            _qemu = FakeQemu.Connect(_directory.File("s"));
            _ours = FakeQemu.Accept(_listener);
            _ours.Socket.Blocking = false;
            _reader.Reset();
            End = ConnectionEnd.None;
        }

        public int FillOnce()
        {
            End = _reader.Fill(_batch, (int)_ours.Socket.Handle, toTheEnd: false);
            return _batch.Count;
        }

        public void Complete()
        {
            _reader.Complete(_batch, _batch.Count);
            _batch.RemoveFirst(_batch.Count);
        }

        public List<byte[]> FramesInBatch()
        {
            List<byte[]> frames = [];
            for (int i = 0; i < _batch.Count; i++)
            {
                FrameFragment* vector = _batch.VectorOf(i, out int count);
                List<byte> bytes = [];
                for (int k = 0; k < count; k++)
                    bytes.AddRange(new ReadOnlySpan<byte>(vector[k].Base, (int)vector[k].Length));
                frames.Add([.. bytes]);
            }

            return frames;
        }

        /// <summary>Fills as the pump does, until nothing comes.</summary>
        public List<byte[]> ReadAll()
        {
            List<byte[]> frames = [];
            while (End == ConnectionEnd.None && (FillOnce() > 0 || (End == ConnectionEnd.None && _ours.Socket.Poll(0, SelectMode.SelectRead))))
            {
                frames.AddRange(FramesInBatch());
                Complete();
            }

            frames.AddRange(FramesInBatch());
            Complete();
            return frames;
        }

        public void Dispose()
        {
            _qemu.Dispose();
            _ours.Dispose();
            _listener.Dispose();
            _batch.Dispose();
            _directory.Dispose();
        }
    }
}
