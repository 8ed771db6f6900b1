using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>
/// Receives messages in batches (recvmmsg) and divides those that the kernel put together (UDP_GRO) into datagrams again.
/// A slot holds one whole datagram, for raw IPv4 with the IP header in front; its token is the number of the receive buffer, from the first token on.
/// </summary>
internal sealed unsafe class DatagramSource : IFrameSource, IDisposable
{
    /// <summary>Messages per call when memory is scarce.</summary>
    private const int FewestMessages = 4;

    private readonly int _descriptor;
    private readonly SocketAddress? _peer;
    private readonly SocketAddress? _own;
    private readonly DatagramCounters _counters;
    private readonly ErrorQueue _errors;
    private readonly mmsghdr* _messages;
    private readonly iovec* _vectors;
    private readonly sockaddr_storage* _senders;
    private readonly byte* _controls;
    private readonly int _capacity;
    private readonly nuint _firstToken;
    private uint _dropped;

    /// <summary>Length of the newest message; before the first, the worst.</summary>
    private int _typicalLength = ReceiveBuffers.MaxMessageLength;

    /// <summary>What the messages of the last call lie in; null when there is nothing in it.</summary>
    private ReceiveBuffers? _buffers;

    /// <summary>What the vectors point at; no longer ours when <see cref="_buffers"/> is null.</summary>
    private ReceiveBuffers? _pointedAt;

    /// <summary>Messages of the last call, the first of them that is not wholly in a batch yet, and where the rest of that begins.</summary>
    private int _received;
    private int _next;
    private int _offset;
    private bool _mayHaveMore;

    /// <param name="descriptor">A non-blocking datagram or raw socket; not owned.</param>
    /// <param name="peer">Datagrams from elsewhere are marked as foreign; null: none is. Not owned.</param>
    /// <param name="counters">Where datagrams that the kernel put together are counted.</param>
    /// <param name="errors">The socket's, for the thread that reads it.</param>
    /// <param name="coalesce">Let the kernel put datagrams together; it must be able to.</param>
    /// <param name="capacity">Most messages per call, up to <see cref="ReceiveBuffers.Capacity"/>.</param>
    /// <param name="firstToken">Token of the first buffer.</param>
    /// <param name="bufferLength">Bytes per message, up to <see cref="ReceiveBuffers.MaxMessageLength"/>; what is longer is dropped as <see cref="FrameVerdict.Truncated"/>.</param>
    /// <param name="own">Datagrams from here are our own that come back, and no frames; null: none does. Not owned.</param>
    public DatagramSource(int descriptor, SocketAddress? peer, DatagramCounters counters, ErrorQueue errors, bool coalesce = false, int capacity = ReceiveBuffers.Capacity, nuint firstToken = 0, int bufferLength = ReceiveBuffers.MaxMessageLength, SocketAddress? own = null)
    {
        _descriptor = descriptor;
        _peer = peer;
        _own = own;
        _counters = counters;
        _errors = errors;
        _capacity = capacity;
        _firstToken = firstToken;
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

    public bool Fill(FrameBatch batch)
    {
        if (_next == _received)
        {
            TakeBuffers();
            _received = Receive();
            (_next, _offset) = (0, 0);
        }

        while (_next < _received && Divide(batch))
            (_next, _offset) = (_next + 1, 0);
        // Nothing came, or nothing but our own: there will be no Complete.
        if (batch.IsEmpty && _next == _received)
            ReturnBuffers();
        return _mayHaveMore || _next < _received;
    }

    public void Complete(FrameBatch batch, int done)
    {
        if (_next == _received && done == batch.Origins)
            ReturnBuffers();
    }

    /// <summary>Copies the address that sent the datagram with this token, until the next <see cref="Fill"/>.</summary>
    /// <returns>Bytes copied.</returns>
    public int CopySender(nuint token, Span<byte> address)
    {
        int length = Math.Min(address.Length, (int)HeaderOf((int)(token - _firstToken))->msg_namelen);
        new ReadOnlySpan<byte>(&_senders[token - _firstToken], length).CopyTo(address);
        return length;
    }

    /// <summary>Address and port that sent the datagram with this token, until the next <see cref="Fill"/>.</summary>
    public string DescribeSender(nuint token) => SocketAddress.Format((byte*)&_senders[token - _firstToken], HeaderOf((int)(token - _firstToken))->msg_namelen);

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
        _buffers ??= ReceiveBuffers.Rent();
        if (_buffers == _pointedAt)
            return;
        for (int i = 0; i < _capacity; i++)
            _vectors[i].iov_base = _buffers[i];
        _pointedAt = _buffers;
    }

    private void ReturnBuffers()
    {
        _buffers?.Return();
        _buffers = null;
    }

    /// <summary>Adds what is left of a message to the batch.</summary>
    /// <returns>False when there was no room for all.</returns>
    private bool Divide(FrameBatch batch)
    {
        int length = (int)_messages[_next].msg_len;
        ReceiveControl control = ReceiveControl.Read(HeaderOf(_next));
        if (_offset == 0 && control.HasDropped && control.Dropped != _dropped)
        {
            batch.Reject(FrameVerdict.ReceiveBufferFull, control.Dropped - _dropped);
            _dropped = control.Dropped;
        }

        if (_own is not null && IsFrom(_own))
            return true;
        bool isWhole = control.SegmentLength <= 0 || control.SegmentLength >= length;
        int step = isWhole ? length : control.SegmentLength;
        bool isForeign = _peer is not null && !IsFrom(_peer);
        int first = batch.Count;
        _offset += batch.AddRun((byte*)_vectors[_next].iov_base + _offset, length - _offset, step, _firstToken + (nuint)_next, isForeign);
        // An empty datagram is whole as soon as there was room for it.
        bool isEnd = _offset == length && batch.Count > first;
        if (!isWhole)
        {
            _counters.DatagramsCoalesced += batch.Count - first;
            _counters.MessagesCoalesced += isEnd ? 1 : 0;
        }

        if (isEnd && (HeaderOf(_next)->msg_flags & MSG_TRUNC) != 0)
            batch.Drop(batch.Count - 1, FrameVerdict.Truncated);
        return isEnd;
    }

    private bool IsFrom(SocketAddress address) => address.IsSameEndpoint((byte*)&_senders[_next], HeaderOf(_next)->msg_namelen);

    private int Receive()
    {
        for (int i = 0; i < _capacity; i++)
        {
            HeaderOf(i)->msg_namelen = (uint)sizeof(sockaddr_storage);
            HeaderOf(i)->msg_controllen = ReceiveControl.Space;
        }

        int count = Math.Clamp(_buffers!.Budget / _typicalLength, FewestMessages, _capacity);
        // An error of the network (ICMP) ends one call, not the receiving; each call takes one such error.
        for (int attempt = 0; attempt < 8; attempt++)
        {
            int received = recvmmsg(_descriptor, _messages, (uint)count, MSG_DONTWAIT, null);
            if (received >= 0)
            {
                _mayHaveMore = received == count;
                if (received > 0)
                    _typicalLength = Math.Max(1, (int)_messages[received - 1].msg_len);
                return received;
            }

            int error = errno;
            if (error == EAGAIN || error == EINTR)
                break;
            if (_errors.Drain() == 0)
                _errors.CountPending(error);
        }

        _mayHaveMore = false;
        return 0;
    }
}
