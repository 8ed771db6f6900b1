using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Stream;

/// <summary>
/// Reads QEMU's stream framing: records of a 4-byte big-endian length and that many bytes of Ethernet frame
/// (net/stream.c). Both ends of the pipe are used on the worker's thread; frames point into its blocks until
/// <see cref="Complete"/>.
/// </summary>
internal sealed unsafe class RecordReader
{
    /// <summary>A larger length is no record of QEMU's; QEMU itself gives up at 69632.</summary>
    public const int MaxFrameLength = 65535;

    private const int EthernetHeaderLength = 14;

    /// <summary>Room in a block that makes a read worth while, in bytes.</summary>
    private const int MinRead = 128 * 1024;

    private readonly PipeReader _reader;
    private readonly PipeWriter _writer;
    private ReadOnlySequence<byte> _buffer;
    private bool _isHeld;
    private bool _discardRest;

    /// <summary>Bytes of <see cref="_buffer"/> that are in the batch or skipped.</summary>
    private long _parsed;

    public RecordReader()
    {
        var pipe = new Pipe(new PipeOptions(
            new PinnedBlockPool(),
            PipeScheduler.Inline,
            PipeScheduler.Inline,
            pauseWriterThreshold: 0,
            resumeWriterThreshold: 0,
            minimumSegmentSize: PinnedBlockPool.BlockLength,
            useSynchronizationContext: false));
        _reader = pipe.Reader;
        _writer = pipe.Writer;
    }

    /// <summary>Forgets what is left of a connection that has ended; frames in the batch stay valid.</summary>
    public void Reset() => _discardRest = true;

    /// <summary>Adds the frames at hand to an empty batch, reading once, or to the end when <paramref name="toTheEnd"/>.</summary>
    /// <returns>Why the connection must be closed, or <see cref="ConnectionEnd.None"/>.</returns>
    public ConnectionEnd Fill(FrameBatch batch, int descriptor, bool toTheEnd)
    {
        if (_discardRest)
            Discard();
        ConnectionEnd end = FillFrom(batch, descriptor, toTheEnd);
        if (batch.IsEmpty)
            Release();
        return end;
    }

    /// <summary>Gives the memory of the frames back when all are done with.</summary>
    public void Complete(FrameBatch batch, int done)
    {
        if (done == batch.Origins)
            Release();
    }

    private ConnectionEnd FillFrom(FrameBatch batch, int descriptor, bool toTheEnd)
    {
        bool hasRead = false;
        while (true)
        {
            if (TryHold() && !TryParse(batch))
            {
                batch.Reject(FrameVerdict.BadLength);
                return ConnectionEnd.BadLength;
            }

            if (batch.IsFull || (hasRead && !toTheEnd))
                return ConnectionEnd.None;

            Span<byte> room = _writer.GetMemory(MinRead).Span;
            long count = read(descriptor, Unsafe.AsPointer(ref MemoryMarshal.GetReference(room)), room.Length);
            if (count < 0 && (errno == EAGAIN || errno == EINTR))
                return ConnectionEnd.None;
            if (count <= 0)
            {
                if (_isHeld && _buffer.Length > _parsed)
                    batch.Reject(FrameVerdict.IncompleteFrame);
                return ConnectionEnd.PeerClosed;
            }

            _writer.Advance((int)count);
            ValueTask<FlushResult> flush = _writer.FlushAsync();
            if (!flush.IsCompleted || flush.Result.IsCompleted)
                Environment.FailFast("a pipe without thresholds and with both ends open made its writer wait");
            if (_isHeld)
                _reader.AdvanceTo(_buffer.Start, _buffer.End);
            _isHeld = false;
            hasRead = true;
        }
    }

    private bool TryHold()
    {
        if (_isHeld)
            return true;
        if (!_reader.TryRead(out ReadResult result))
            return false;
        _buffer = result.Buffer;
        _isHeld = true;
        return true;
    }

    private void Release()
    {
        if (!_isHeld)
            return;
        _reader.AdvanceTo(_buffer.GetPosition(_parsed));
        _isHeld = false;
        _parsed = 0;
    }

    private void Discard()
    {
        _discardRest = false;
        if (TryHold())
        {
            _parsed = _buffer.Length;
            Release();
        }
    }

    /// <returns>False when a length is out of range.</returns>
    private bool TryParse(FrameBatch batch)
    {
        ReadOnlySequence<byte> rest = _parsed == 0 ? _buffer : _buffer.Slice(_parsed);
        bool isInRange = TryParseBlock(batch, rest.FirstSpan, out int parsed);
        _parsed += parsed;
        if (!isInRange)
            return false;
        var reader = new SequenceReader<byte>(rest.Slice(parsed));
        while (!batch.IsFull && reader.TryReadBigEndian(out int prefix))
        {
            uint length = (uint)prefix;
            if (length > MaxFrameLength)
                return false;
            if (reader.Remaining < length)
                break;
            if (length >= EthernetHeaderLength)
                Add(batch, ref reader, (int)length);
            else if (length > 0)
                batch.Reject(FrameVerdict.RuntFrame);

            reader.Advance(length >= EthernetHeaderLength ? 0 : length);
            _parsed += sizeof(uint) + length;
        }

        return true;
    }

    /// <summary>Adds the records that lie whole in a block.</summary>
    /// <returns>False when a length is out of range.</returns>
    private static bool TryParseBlock(FrameBatch batch, ReadOnlySpan<byte> block, out int parsed)
    {
        byte* start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(block));
        byte* end = start + block.Length;
        byte* at = start;
        bool isInRange = true;
        while (end - at >= sizeof(uint) && !batch.IsFull)
        {
            uint length = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(at));
            isInRange = length <= MaxFrameLength;
            if (!isInRange || end - at < sizeof(uint) + length)
                break;
            at += sizeof(uint);
            if (length >= EthernetHeaderLength)
                batch.TryAdd(at, (int)length);
            else if (length > 0)
                batch.Reject(FrameVerdict.RuntFrame);
            at += length;
        }

        parsed = (int)(at - start);
        return isInRange;
    }

    private static void Add(FrameBatch batch, ref SequenceReader<byte> reader, int length)
    {
        // A record is shorter than a block, so it lies in one or two; see PinnedBlockPool.
        int pieces = reader.UnreadSpan.Length >= length ? 1 : 2;
        if (!batch.TryBegin(pieces))
            Environment.FailFast("a frame batch that is not full has no room for a frame of two pieces");
        while (length > 0)
        {
            ReadOnlySpan<byte> piece = reader.UnreadSpan;
            int count = Math.Min(piece.Length, length);
            batch.Append((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(piece)), count);
            reader.Advance(count);
            length -= count;
        }
    }
}
