using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Stream;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Stream;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RecordWriterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Socket _listener;
    private readonly FakeQemu _ours;
    private readonly FakeQemu _qemu;
    private readonly RecordWriter _writer = new();
    private readonly BatchUnderTest _test = new();

    public RecordWriterTests()
    {
        _listener = FakeQemu.Listen(_directory.File("s"));
        _qemu = FakeQemu.Connect(_directory.File("s"));
        _ours = FakeQemu.Accept(_listener);
        _ours.Socket.Blocking = false;
    }

    private int Descriptor => (int)_ours.Socket.Handle;

    public void Dispose()
    {
        _qemu.Dispose();
        _ours.Dispose();
        _listener.Dispose();
        _writer.Dispose();
        _test.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void A_batch_becomes_records_in_order_whatever_the_headroom_and_the_pieces()
    {
        byte[][] frames = [.. Enumerable.Range(0, 30).Select(i => LoopbackLink.Frame(20 + i, i))];
        for (int i = 0; i < frames.Length; i++)
        {
            switch (i % 3)
            {
                case 0: // No room in front: the length is a piece of its own.
                    _test.Add(frames[i]);
                    break;
                case 1: // The end of the stripped header becomes the length.
                    _test.Batch.StripFront(_test.Add([.. new byte[12], .. frames[i]]), 12);
                    break;
                default:
                    _test.Add(frames[i][..7], frames[i][7..]);
                    break;
            }
        }

        Assert.That(_writer.Write(_test.Batch, Descriptor, out bool isBroken), Is.EqualTo(30));
        Assert.That(isBroken, Is.False);
        foreach (byte[] frame in frames)
            Assert.That(_qemu.Receive(), Is.EqualTo(frame));
    }

    [Test]
    public unsafe void Bytes_in_front_of_a_frame_that_has_no_headroom_are_not_touched([Values(0, 3)] int headroom)
    {
        byte[] memory = GC.AllocateArray<byte>(100, pinned: true);
        Array.Fill(memory, (byte)0xee);
        fixed (byte* frame = &memory[40])
            _test.Batch.TryAdd(frame, 20);
        _test.Batch[0].Headroom = headroom;

        _writer.Write(_test.Batch, Descriptor, out _);

        Assert.That(_qemu.Receive(), Is.EqualTo(Enumerable.Repeat((byte)0xee, 20)));
        Assert.That(memory, Is.All.EqualTo((byte)0xee));
    }

    [Test]
    public void Dropped_frames_are_skipped_and_taken_and_no_empty_record_is_sent()
    {
        for (int i = 0; i < 6; i++)
            _test.Add(LoopbackLink.Frame(20, i));
        foreach (int i in new[] { 0, 2, 3, 5 })
            _test.Batch.Drop(i, FrameVerdict.EmptyFrame);

        Assert.That(_writer.Write(_test.Batch, Descriptor, out _), Is.EqualTo(6));
        Assert.That(_qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(20, 1)));
        Assert.That(_qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(20, 4)));
        Assert.That(_qemu.Socket.Available, Is.Zero);
    }

    [Test]
    public void A_partly_written_record_goes_on_at_its_next_byte()
    {
        _ours.Socket.SendBufferSize = 4096;
        byte[][] frames = [.. Enumerable.Range(0, 40).Select(i => LoopbackLink.Frame(5000 + (i * 37), i))];
        foreach (byte[] frame in frames)
            _test.Add(frame);

        // QEMU takes a little whenever the writer is stuck, so it is stuck again and again.
        List<byte> received = [];
        byte[] some = new byte[3000];
        int stops = 0;
        while (!_test.Batch.IsEmpty)
        {
            _test.Batch.RemoveFirst(_writer.Write(_test.Batch, Descriptor, out bool isBroken));
            Assert.That(isBroken, Is.False);
            stops += _test.Batch.IsEmpty ? 0 : 1;
            received.AddRange(some.AsSpan(0, _qemu.Socket.Receive(some)));
        }

        byte[] expected = FakeQemu.Record(frames);
        while (received.Count < expected.Length)
            received.AddRange(some.AsSpan(0, _qemu.Socket.Receive(some)));
        Assert.That(received, Is.EqualTo(expected));
        Assert.That(stops, Is.GreaterThan(3), "the test means to write in parts");
    }

    [Test]
    public void What_was_written_of_a_record_when_the_connection_broke_says_nothing_about_the_next_frames()
    {
        // More pieces than the frames after it have, all with a length.
        for (int i = 0; i < 60; i++)
            _test.Add(LoopbackLink.Frame(1000, i));
        _test.Batch.RemoveFirst(_writer.Write(_test.Batch, Descriptor, out _));
        for (int i = 0; i < 60; i++)
            _qemu.Receive();
        _ours.Socket.SendBufferSize = 4096;
        _test.Add(LoopbackLink.Frame(60_000));
        Assert.That(_writer.Write(_test.Batch, Descriptor, out bool isBroken), Is.Zero, "the test means to write a part");
        Assert.That(isBroken, Is.False);

        _qemu.Dispose();
        Assert.That(_writer.Write(_test.Batch, Descriptor, out isBroken), Is.Zero);
        Assert.That(isBroken, Is.True);
        _test.Take();

        using FakeQemu qemu = FakeQemu.Connect(_directory.File("s"));
        using FakeQemu ours = FakeQemu.Accept(_listener);
        _test.Add(LoopbackLink.Frame(20, 7));
        Assert.That(_writer.Write(_test.Batch, (int)ours.Socket.Handle, out isBroken), Is.EqualTo(1));
        Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(20, 7)));
    }

    [Test]
    public void A_connection_that_is_gone_is_reported_as_broken()
    {
        _qemu.Dispose();
        _test.Add(LoopbackLink.Frame(60));

        Assert.That(_writer.Write(_test.Batch, Descriptor, out bool isBroken), Is.Zero);
        Assert.That(isBroken, Is.True);
    }
}
