using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Network;

/// <summary>
/// Receives datagrams in batches (recvmmsg). A slot holds one whole datagram, for raw IPv4 with the IP header in front;
/// its token is the number of the receive buffer.
/// </summary>
internal sealed unsafe class DatagramSource : IFrameSource, IDisposable
{
    /// <summary>No datagram is longer.</summary>
    public const int MaxDatagramLength = 65535;

    // Not a power of two: the beginnings of all buffers would share the same few cache lines' sets.
    private const int BufferPadding = 321;

    private readonly int _descriptor;
    private readonly SocketAddress _peer;
    private readonly TunnelCounters _counters;
    private readonly byte* _buffers;
    private readonly nuint _stride;
    private readonly mmsghdr* _messages;
    private readonly iovec* _vectors;
    private readonly sockaddr_storage* _senders;
    private readonly int _capacity;

    /// <param name="descriptor">A non-blocking datagram or raw socket; not owned.</param>
    /// <param name="peer">Datagrams from elsewhere are marked as foreign; not owned.</param>
    /// <param name="counters">Where errors of the network are counted.</param>
    /// <param name="capacity">Most datagrams per call.</param>
    /// <param name="bufferLength">Bytes per datagram; longer ones are dropped as <see cref="FrameVerdict.Truncated"/>.</param>
    public DatagramSource(int descriptor, SocketAddress peer, TunnelCounters counters, int capacity = FrameBatch.DefaultCapacity, int bufferLength = MaxDatagramLength)
    {
        _descriptor = descriptor;
        _peer = peer;
        _counters = counters;
        _capacity = capacity;
        _stride = (nuint)(bufferLength + BufferPadding);
        _buffers = (byte*)NativeMemory.Alloc((nuint)capacity, _stride);
        _messages = (mmsghdr*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(mmsghdr));
        _vectors = (iovec*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(iovec));
        _senders = (sockaddr_storage*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(sockaddr_storage));
        for (int i = 0; i < capacity; i++)
        {
            _vectors[i].iov_base = _buffers + ((nuint)i * _stride);
            _vectors[i].iov_len = (nuint)bufferLength;
            _messages[i].msg_hdr.msg_iov = &_vectors[i];
            _messages[i].msg_hdr.msg_iovlen = 1;
            _messages[i].msg_hdr.msg_name = &_senders[i];
        }
    }

    public bool Fill(FrameBatch batch)
    {
        int wanted = Math.Min(_capacity, batch.Capacity);
        int received = Receive(wanted);
        for (int i = 0; i < received; i++)
        {
            mmsghdr* message = &_messages[i];
            if (!batch.TryAdd((byte*)_vectors[i].iov_base, (int)message->msg_len, (nuint)i))
                Environment.FailFast("a receive batch is larger than the frame batch");
            int index = batch.Count - 1;
            if ((message->msg_hdr.msg_flags & MSG_TRUNC) != 0)
                batch.Drop(index, FrameVerdict.Truncated);
            else
                batch[index].IsForeign = !_peer.IsSameEndpoint((byte*)&_senders[i]);
        }

        return received == wanted;
    }

    public void Complete(FrameBatch batch, int taken)
    {
        // Buffers are free as soon as the next batch is asked for.
    }

    /// <summary>Address and port that sent the datagram with this token, until the next <see cref="Fill"/>.</summary>
    public string DescribeSender(nuint token) => SocketAddress.Format((byte*)&_senders[token]);

    public void Dispose()
    {
        NativeMemory.Free(_buffers);
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.Free(_senders);
    }

    private int Receive(int wanted)
    {
        for (int i = 0; i < wanted; i++)
            _messages[i].msg_hdr.msg_namelen = (uint)sizeof(sockaddr_storage);

        // An error of the network (ICMP) ends one call, not the receiving; each call takes one such error.
        for (int attempt = 0; attempt < 8; attempt++)
        {
            int received = recvmmsg(_descriptor, _messages, (uint)wanted, MSG_DONTWAIT, null);
            if (received >= 0)
                return received;
            int error = errno;
            if (error is EAGAIN or EINTR)
                return 0;
            if (ErrorQueue.Drain(_descriptor, _counters) == 0)
                ErrorQueue.Count(error, _counters);
        }

        return 0;
    }
}
