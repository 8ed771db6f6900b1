using System.Runtime.InteropServices;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>
/// Receives messages in batches (recvmmsg) and shows them one by one: each is one datagram, or several that the kernel put
/// together (UDP_GRO).
/// </summary>
internal sealed unsafe class MessageReceiver : IDisposable
{
    private readonly int _descriptor;
    private readonly ErrorQueue _errors;
    private readonly mmsghdr* _messages;
    private readonly iovec* _vectors;
    private readonly sockaddr_storage* _senders;
    private readonly byte* _controls;
    private readonly int _capacity;

    /// <summary>What the vectors point at; no longer ours when <see cref="Buffers"/> is null.</summary>
    private ReceiveBuffers? _pointedAt;

    private int _received;

    /// <param name="descriptor">A non-blocking datagram or raw socket; not owned.</param>
    /// <param name="errors">The socket's, for the thread that reads it.</param>
    /// <param name="coalesce">Let the kernel put datagrams together; it must be able to.</param>
    /// <param name="capacity">Most messages per call, up to <see cref="ReceiveBuffers.Capacity"/>.</param>
    /// <param name="bufferLength">Bytes per message, up to <see cref="ReceiveBuffers.MaxMessageLength"/>.</param>
    public MessageReceiver(int descriptor, ErrorQueue errors, bool coalesce, int capacity = ReceiveBuffers.Capacity, int bufferLength = ReceiveBuffers.MaxMessageLength)
    {
        _descriptor = descriptor;
        _errors = errors;
        _capacity = capacity;
        _messages = (mmsghdr*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(mmsghdr));
        _vectors = (iovec*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(iovec));
        _senders = (sockaddr_storage*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(sockaddr_storage));
        _controls = (byte*)NativeMemory.AllocZeroed((nuint)capacity, ReceiveControl.Space);
        for (int i = 0; i < capacity; i++)
        {
            _vectors[i].iov_len = bufferLength;
            HeaderOf(i)->msg_iov = &_vectors[i];
            HeaderOf(i)->msg_iovlen = 1;
            HeaderOf(i)->msg_name = &_senders[i];
            HeaderOf(i)->msg_control = _controls + (i * ReceiveControl.Space);
        }

        int one = coalesce ? 1 : 0;
        if (coalesce && setsockopt(descriptor, IPPROTO_UDP, UDP_GRO, &one, sizeof(int)) != 0)
            throw new InvalidOperationException($"setsockopt(UDP_GRO) failed, errno = {errno}, though the kernel knows it");
    }

    /// <summary>What the messages of the last call lie in; null when they were given back.</summary>
    public ReceiveBuffers? Buffers { get; private set; }

    /// <summary>There is a message to be looked at.</summary>
    public bool HasMessage => Index < _received;

    /// <summary>The last call may have left messages with the kernel.</summary>
    public bool MayHaveMore { get; private set; }

    /// <summary>Number of the present message in its call.</summary>
    public int Index { get; private set; }

    /// <summary>Calls so far that received something: senders of an earlier one are forgotten.</summary>
    public long Calls { get; private set; }

    /// <summary>The present message.</summary>
    public byte* Data => (byte*)_vectors[Index].iov_base;

    /// <summary>Its bytes.</summary>
    public int Length => (int)_messages[Index].msg_len;

    /// <summary>What the kernel says beside it.</summary>
    public ReceiveControl Control => ReceiveControl.Read(HeaderOf(Index));

    /// <summary>It was longer than its buffer: the end is missing.</summary>
    public bool IsTruncated => (HeaderOf(Index)->msg_flags & MSG_TRUNC) != 0;

    /// <summary>Whether the present message came from an address.</summary>
    public bool IsFrom(SocketAddress address) => address.IsSameEndpoint((byte*)&_senders[Index], HeaderOf(Index)->msg_namelen);

    /// <summary>The address of whoever sent a message of the last call.</summary>
    public ReadOnlySpan<byte> SenderOf(int index) => new(&_senders[index], (int)HeaderOf(index)->msg_namelen);

    /// <summary>Goes on to the next message.</summary>
    public void Next() => Index++;

    /// <summary>Receives, when all messages of the last call were looked at; those that others still refer to were given back.</summary>
    /// <returns>True when there is one now.</returns>
    public bool TryReceive()
    {
        TakeBuffers();
        Index = 0;
        _received = Receive();
        Calls += _received > 0 ? 1 : 0;
        return HasMessage;
    }

    /// <summary>Lets go of the buffers, which go back when nobody else refers to them either.</summary>
    public void ReturnBuffers()
    {
        Buffers?.Return();
        Buffers = null;
    }

    public void Dispose()
    {
        ReturnBuffers();
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.Free(_senders);
        NativeMemory.Free(_controls);
    }

    /// <summary>A message's header in place; the property would give a copy.</summary>
    private msghdr* HeaderOf(int index) => (msghdr*)(_messages + index);

    private void TakeBuffers()
    {
        Buffers ??= ReceiveBuffers.Rent();
        if (Buffers == _pointedAt)
            return;
        for (int i = 0; i < _capacity; i++)
            _vectors[i].iov_base = Buffers[i];
        _pointedAt = Buffers;
    }

    private int Receive()
    {
        for (int i = 0; i < _capacity; i++)
        {
            HeaderOf(i)->msg_namelen = (uint)sizeof(sockaddr_storage);
            HeaderOf(i)->msg_controllen = ReceiveControl.Space;
        }

        int count = Math.Min(Buffers!.Budget, _capacity);
        // An error of the network (ICMP) ends one call, not the receiving; each call takes one such error.
        for (int attempt = 0; attempt < 8; attempt++)
        {
            int received = recvmmsg(_descriptor, _messages, (uint)count, MSG_DONTWAIT, null);
            if (received >= 0)
            {
                MayHaveMore = received == count;
                return received;
            }

            int error = errno;
            if (error == EAGAIN || error == EINTR)
                break;
            if (_errors.Drain() == 0)
                _errors.CountPending(error);
        }

        MayHaveMore = false;
        return 0;
    }
}
