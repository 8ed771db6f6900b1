using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Network;

/// <summary>Sends frames in batches (sendmmsg): each frame's vector, header first, is one datagram to the peer.</summary>
internal sealed unsafe class DatagramSink : IFrameSink, IDisposable
{
    /// <summary>A pending ICMP error is reported by a send call that did not send. Then the same frame is sent again, so often at most.</summary>
    private const int MaxResends = 3;

    private readonly int _descriptor;
    private readonly TunnelCounters _counters;
    private readonly mmsghdr* _messages;
    private readonly int* _slots;

    /// <param name="descriptor">A non-blocking datagram or raw socket; not owned.</param>
    /// <param name="peer">Where everything goes; not owned.</param>
    /// <param name="counters">Where errors of the network are counted.</param>
    /// <param name="capacity">Frames of the largest batch.</param>
    public DatagramSink(int descriptor, SocketAddress peer, TunnelCounters counters, int capacity = FrameBatch.DefaultCapacity)
    {
        _descriptor = descriptor;
        _counters = counters;
        _messages = (mmsghdr*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(mmsghdr));
        _slots = (int*)NativeMemory.AllocZeroed((nuint)capacity, sizeof(int));
        for (int i = 0; i < capacity; i++)
        {
            _messages[i].msg_hdr.msg_name = peer.Pointer;
            _messages[i].msg_hdr.msg_namelen = peer.Length;
        }
    }

    public int Accept(FrameBatch batch)
    {
        int count = Gather(batch);
        int sent = 0;
        int resends = 0;
        while (sent < count)
        {
            int result = sendmmsg(_descriptor, _messages + sent, (uint)(count - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (result > 0)
            {
                sent += result;
                resends = 0;
                continue;
            }

            int error = errno;
            if (error == EAGAIN)
            {
                _counters.SendBufferFull++;
                return _slots[sent];
            }

            if (error == EINTR || (resends++ < MaxResends && IsPeers(error)))
                continue;
            batch.Drop(_slots[sent++], VerdictOf(error));
            resends = 0;
        }

        return batch.Count;
    }

    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_slots);
    }

    private int Gather(FrameBatch batch)
    {
        int count = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch[i].Verdict != FrameVerdict.Accept)
                continue;
            _slots[count] = i;
            ref msghdr message = ref _messages[count++].msg_hdr;
            message.msg_iov = (iovec*)batch.VectorOf(i, out int fragments);
            message.msg_iovlen = (nuint)fragments;
        }

        return count;
    }

    /// <summary>True when the error is about an earlier packet and is now taken away.</summary>
    private bool IsPeers(int error)
    {
        if (ErrorQueue.Drain(_descriptor, _counters) > 0)
            return true;
        if (error is not (ECONNREFUSED or ENOPROTOOPT))
            return false;
        // No report: the receive buffer, which lends the error queue its room, is full.
        ErrorQueue.Count(error, _counters);
        return true;
    }

    private static FrameVerdict VerdictOf(int error) => error switch
    {
        EHOSTUNREACH or ENETUNREACH or ENETDOWN or EHOSTDOWN => FrameVerdict.Unreachable,
        EPERM or EACCES => FrameVerdict.SendForbidden,
        ENOBUFS or ENOMEM => FrameVerdict.SendQueueFull,
        EMSGSIZE => FrameVerdict.MessageTooBig,
        _ => FrameVerdict.SendFailed,
    };
}
