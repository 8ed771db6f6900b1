using System.Buffers.Binary;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Stream;

/// <summary>
/// Writes frames in QEMU's stream framing, a whole batch in one vectored call. A frame of which only a part went out
/// stays in the batch, and the next call goes on at the byte where the last one stopped.
/// </summary>
internal sealed unsafe class RecordWriter : IDisposable
{
    private const int LengthPrefix = sizeof(uint);

    private readonly iovec* _vector = (iovec*)NativeMemory.AllocZeroed(IOV_MAX, (nuint)sizeof(iovec));

    /// <summary>Lengths of records without room in front of the frame, each at the place of its piece.</summary>
    private readonly uint* _prefixes = (uint*)NativeMemory.AllocZeroed(IOV_MAX, LengthPrefix);

    /// <summary>Bytes of the oldest frame's record that are already written.</summary>
    private nuint _partial;

    /// <summary>Forgets a partly written record; the next connection starts with a whole one.</summary>
    public void Reset() => _partial = 0;

    /// <param name="batch">Frames to write; dropped ones are skipped.</param>
    /// <param name="descriptor">A connected stream socket.</param>
    /// <param name="isBroken">The other end takes nothing any more.</param>
    /// <returns>Frames written whole or skipped. When the connection is broken the rest is the caller's to drop: nothing of it is remembered.</returns>
    public int Write(FrameBatch batch, int descriptor, out bool isBroken)
    {
        isBroken = false;
        int taken = 0;
        while (taken < batch.Count)
        {
            int end = Gather(batch, taken, out int pieces);
            if (pieces == 0)
                return end;
            var message = new msghdr { msg_iov = _vector, msg_iovlen = pieces };
            long written = sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (written < 0)
            {
                if (errno == EINTR)
                    continue;
                isBroken = errno != EAGAIN && errno != ENOBUFS;
                if (isBroken)
                    Reset();
                return taken;
            }

            taken = Settle(batch, taken, (nuint)written);
        }

        return taken;
    }

    public void Dispose()
    {
        NativeMemory.Free(_vector);
        NativeMemory.Free(_prefixes);
    }

    /// <summary>Fills the vector with the records from frame <paramref name="first"/> on.</summary>
    /// <returns>The first frame that is not in it.</returns>
    private int Gather(FrameBatch batch, int first, out int pieces)
    {
        pieces = 0;
        int index = first;
        for (; index < batch.Count; index++)
        {
            if (batch[index].Verdict != FrameVerdict.Accept)
                continue;
            if (pieces + batch[index].FragmentCount + 1 > IOV_MAX)
                break;
            pieces = AddRecord(batch, index, pieces);
        }

        SkipWritten(pieces);
        return index;
    }

    private int AddRecord(FrameBatch batch, int index, int pieces)
    {
        ref FrameSlot slot = ref batch[index];
        FrameFragment* data = batch.DataOf(index);
        bool hasRoom = slot.Headroom >= LengthPrefix;

        // The end of the header that was in front of the frame becomes the length: no piece of its own.
        byte* prefix = hasRoom ? data->Base - LengthPrefix : (byte*)(_prefixes + pieces);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(prefix, LengthPrefix), (uint)slot.Length);
        _vector[pieces].iov_base = prefix;
        _vector[pieces++].iov_len = (size_t)(LengthPrefix + (hasRoom ? data->Length : 0));
        for (int i = hasRoom ? 1 : 0; i < slot.FragmentCount; i++)
            _vector[pieces++] = *(iovec*)(data + i);
        return pieces;
    }

    private void SkipWritten(int pieces)
    {
        nuint skip = _partial;
        iovec* end = _vector + pieces;
        for (iovec* piece = _vector; skip > 0; piece++)
        {
            if (piece == end)
                Environment.FailFast("a record was written in part, and its frame is no longer the oldest of the batch");
            var count = (nuint)ulong.Min(skip, piece->iov_len);
            piece->iov_base = (byte*)piece->iov_base + count;
            piece->iov_len -= (size_t)count;
            skip -= count;
        }
    }

    /// <returns>The first frame that is not completely written.</returns>
    private int Settle(FrameBatch batch, int taken, nuint written)
    {
        written += _partial;
        _partial = 0;
        for (; taken < batch.Count; taken++)
        {
            if (batch[taken].Verdict != FrameVerdict.Accept)
                continue;
            nuint record = LengthPrefix + (nuint)batch[taken].Length;
            if (written < record)
            {
                _partial = written;
                return taken;
            }

            written -= record;
        }

        return taken;
    }
}
