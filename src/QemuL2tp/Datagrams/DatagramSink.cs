using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>
/// Sends frames in batches (sendmmsg). Each frame's vector, header first, is one datagram to the peer; consecutive frames
/// of equal length, of which the last may be shorter, are one message that the kernel cuts (UDP_SEGMENT). Datagrams leave
/// in the order of the batch.
/// </summary>
internal sealed unsafe class DatagramSink : IFrameSink, IDisposable
{
    /// <summary>An error about an earlier datagram is reported by a send call that did not send. Then the same frame is sent again, so often at most.</summary>
    private const int MaxResends = 3;

    private readonly int _descriptor;
    private readonly DatagramCounters _counters;
    private readonly UdpSegmentation _segmentation;
    private readonly ISendErrors _errors;
    private readonly mmsghdr* _messages;
    private readonly MessageContent* _contents;
    private readonly SegmentControl* _controls;
    private readonly int _capacity;

    /// <param name="descriptor">A non-blocking datagram or raw socket; not owned.</param>
    /// <param name="peer">Where everything goes; not owned. Null: the socket is connected.</param>
    /// <param name="counters">Where errors of the network are counted.</param>
    /// <param name="segmentation">Which frames may share a message.</param>
    /// <param name="errors">What errors mean here; null: those of a network.</param>
    /// <param name="capacity">Frames of the largest batch.</param>
    public DatagramSink(int descriptor, SocketAddress? peer, DatagramCounters counters, UdpSegmentation segmentation, ISendErrors? errors = null, int capacity = FrameBatch.MaxCapacity)
    {
        _descriptor = descriptor;
        _counters = counters;
        _segmentation = segmentation;
        _errors = errors ?? new NetworkErrors(new ErrorQueue(descriptor, peer, counters));
        _messages = (mmsghdr*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(mmsghdr));
        _contents = (MessageContent*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(MessageContent));
        _controls = (SegmentControl*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(SegmentControl));
        _capacity = capacity;
        for (int i = 0; i < capacity; i++)
            _controls[i].Header = new cmsghdr { cmsg_len = SegmentControl.Length, cmsg_level = IPPROTO_UDP, cmsg_type = UDP_SEGMENT };
        SendTo(peer);
    }

    /// <summary>From now on everything goes there.</summary>
    /// <param name="peer">Not owned. Null: the socket is connected.</param>
    public void SendTo(SocketAddress? peer)
    {
        for (int i = 0; i < _capacity; i++)
        {
            HeaderOf(i)->msg_name = peer is null ? null : peer.Pointer;
            HeaderOf(i)->msg_namelen = peer?.Length ?? 0;
        }
    }

    public int Accept(FrameBatch batch)
    {
        int count = Gather(batch, 0);
        int sent = 0;
        int resends = 0;
        int refused = -1;
        while (sent < count)
        {
            int result = sendmmsg(_descriptor, _messages + sent, (uint)(count - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (result > 0)
            {
                CountSegments(sent, result);
                sent += result;
                resends = 0;
                continue;
            }

            int error = errno;
            if (_errors.MeansFull(error))
            {
                _counters.SendBufferFull++;
                return _contents[sent].First;
            }

            if (error == EINTR || (resends++ < MaxResends && _errors.IsOver(error)))
                continue;
            resends = 0;
            int first = _contents[sent].First;
            if (_contents[sent].Frames > 1 && _segmentation.TryStepBack(error, _contents[sent].SegmentLength, isRepeated: first == refused))
            {
                refused = first;
                count = Gather(batch, first);
                sent = 0;
                continue;
            }

            int end = sent + 1 < count ? _contents[sent + 1].First : batch.Count;
            for (int i = _contents[sent++].First; i < end; i++)
                batch.Drop(i, _errors.VerdictOf(error));
        }

        return batch.Count;
    }

    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_contents);
        NativeMemory.Free(_controls);
    }

    /// <summary>Makes messages of the frames from <paramref name="first"/> on.</summary>
    private int Gather(FrameBatch batch, int first)
    {
        int count = 0;
        FrameFragment* end = null;
        for (int i = first; i < batch.Count; i++)
        {
            if (batch[i].Verdict != FrameVerdict.Accept)
                continue;
            int length = batch.WireLengthOf(i);
            FrameFragment* vector = batch.VectorOf(i, out int fragments);
            // The fragments of a message must lie behind each other: none was dropped or moved in between.
            if (vector != end || !TryJoin(count - 1, length, fragments))
                Begin(count++, i, length, (iovec*)vector, fragments, batch[i].Length);
            end = vector + fragments;
        }

        return count;
    }

    private void Begin(int index, int frame, int length, iovec* vector, int fragments, int frameLength)
    {
        if (length > _segmentation.MaxSegmentLength)
            _segmentation.OnTooLong(length, frameLength);
        _contents[index] = new MessageContent { First = frame, Frames = 1, SegmentLength = length, Length = length, IsOpen = length <= _segmentation.MaxSegmentLength };
        msghdr* message = HeaderOf(index);
        message->msg_iov = vector;
        message->msg_iovlen = fragments;
        message->msg_control = null;
        message->msg_controllen = 0;
    }

    /// <summary>Makes a frame the next of the same message, if it may be.</summary>
    private bool TryJoin(int index, int length, int fragments)
    {
        ref MessageContent content = ref _contents[index];
        if (!content.IsOpen || length > content.SegmentLength || content.Length + length > _segmentation.MaxMessageLength)
            return false;
        msghdr* message = HeaderOf(index);
        if (message->msg_iovlen + fragments > IOV_MAX)
            return false;
        message->msg_iovlen += fragments;
        message->msg_control = &_controls[index];
        message->msg_controllen = SegmentControl.Space;
        _controls[index].SegmentLength = (ushort)content.SegmentLength;
        content.Length += length;
        content.Frames++;
        content.IsOpen = length == content.SegmentLength && content.Frames < UdpSegmentation.MaxSegments;
        return true;
    }

    /// <summary>A message's header in place; the property would give a copy.</summary>
    private msghdr* HeaderOf(int index) => (msghdr*)(_messages + index);

    private void CountSegments(int first, int messages)
    {
        for (int i = first; i < first + messages; i++)
        {
            if (_contents[i].Frames == 1)
                continue;
            _counters.MessagesSegmented++;
            _counters.FramesSegmented += _contents[i].Frames;
        }
    }

    /// <summary>What is in a message.</summary>
    private struct MessageContent
    {
        /// <summary>The first frame's place in the batch.</summary>
        public int First;

        public int Frames;

        /// <summary>Bytes of each datagram but the last, which may be shorter.</summary>
        public int SegmentLength;

        /// <summary>Bytes of all datagrams.</summary>
        public int Length;

        /// <summary>A further frame may join.</summary>
        public bool IsOpen;
    }

    /// <summary>The control message that says how to cut: u16 bytes of a datagram (udp(7), UDP_SEGMENT).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SegmentControl
    {
        /// <summary>CMSG_LEN and CMSG_SPACE of two bytes.</summary>
        public const uint Length = 18;
        public const uint Space = 24;

        public cmsghdr Header;
        public ulong SegmentLength;
    }
}
