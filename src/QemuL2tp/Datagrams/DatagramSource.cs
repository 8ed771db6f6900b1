using QemuL2tp.Frames;

namespace QemuL2tp.Datagrams;

/// <summary>
/// Each datagram of a socket is a frame; those that the kernel put together (UDP_GRO) are divided again. A frame's token is the number
/// of its message in the receive call.
/// </summary>
internal sealed unsafe class DatagramSource : IFrameSource, IDisposable
{
    private readonly MessageReceiver _receiver;
    private readonly SocketAddress? _peer;
    private readonly SocketAddress? _own;
    private readonly DatagramCounters _counters;
    private uint _dropped;

    /// <summary>Where what is not in a batch yet begins in the present message.</summary>
    private int _offset;

    /// <param name="descriptor">A non-blocking datagram socket; not owned.</param>
    /// <param name="peer">Datagrams from elsewhere are marked as foreign; null: none is. Not owned.</param>
    /// <param name="counters">Where datagrams that the kernel put together are counted.</param>
    /// <param name="errors">The socket's, for the thread that reads it.</param>
    /// <param name="coalesce">Let the kernel put datagrams together; it must be able to.</param>
    /// <param name="bufferLength">Bytes per message, up to <see cref="ReceiveBuffers.MaxMessageLength"/>; what is longer is dropped as <see cref="FrameVerdict.Truncated"/>.</param>
    /// <param name="own">Datagrams from here are our own that come back, and no frames; null: none does. Not owned.</param>
    public DatagramSource(int descriptor, SocketAddress? peer, DatagramCounters counters, ErrorQueue errors, bool coalesce = false, int bufferLength = ReceiveBuffers.MaxMessageLength, SocketAddress? own = null)
    {
        _receiver = new MessageReceiver(descriptor, errors, coalesce, bufferLength: bufferLength);
        _peer = peer;
        _own = own;
        _counters = counters;
    }

    public bool Fill(FrameBatch batch)
    {
        if (!_receiver.HasMessage)
        {
            _receiver.TryReceive();
            _offset = 0;
        }

        while (_receiver.HasMessage && Divide(batch))
        {
            _receiver.Next();
            _offset = 0;
        }

        // Nothing came, or nothing but our own: there will be no Complete.
        if (batch.IsEmpty && !_receiver.HasMessage)
            _receiver.ReturnBuffers();
        return _receiver.MayHaveMore || _receiver.HasMessage;
    }

    public void Complete(FrameBatch batch, int done)
    {
        if (!_receiver.HasMessage && done == batch.Origins)
            _receiver.ReturnBuffers();
    }

    /// <summary>Copies the address that sent the datagram with this token, until the next <see cref="Fill"/>.</summary>
    /// <returns>Bytes copied.</returns>
    public int CopySender(nuint token, Span<byte> address)
    {
        ReadOnlySpan<byte> sender = _receiver.SenderOf((int)token);
        int length = Math.Min(address.Length, sender.Length);
        sender[..length].CopyTo(address);
        return length;
    }

    /// <summary>Address and port that sent the datagram with this token, until the next <see cref="Fill"/>.</summary>
    public string DescribeSender(nuint token)
    {
        ReadOnlySpan<byte> sender = _receiver.SenderOf((int)token);
        fixed (byte* address = sender)
            return SocketAddress.Format(address, (uint)sender.Length);
    }

    public void Dispose() => _receiver.Dispose();

    /// <summary>Adds what is left of a message to the batch.</summary>
    /// <returns>False when there was no room for all.</returns>
    private bool Divide(FrameBatch batch)
    {
        int length = _receiver.Length;
        ReceiveControl control = _receiver.Control;
        if (_offset == 0 && control.HasDropped && control.Dropped != _dropped)
        {
            batch.Reject(FrameVerdict.ReceiveBufferFull, control.Dropped - _dropped);
            _dropped = control.Dropped;
        }

        if (_own is not null && _receiver.IsFrom(_own))
            return true;
        bool isWhole = control.SegmentLength <= 0 || control.SegmentLength >= length;
        int step = isWhole ? length : control.SegmentLength;
        bool isForeign = _peer is not null && !_receiver.IsFrom(_peer);
        int first = batch.Count;
        _offset += batch.AddRun(_receiver.Data + _offset, length - _offset, step, (nuint)_receiver.Index, isForeign);
        // An empty datagram is whole as soon as there was room for it.
        bool isEnd = _offset == length && batch.Count > first;
        if (!isWhole)
        {
            _counters.DatagramsCoalesced += batch.Count - first;
            _counters.MessagesCoalesced += isEnd ? 1 : 0;
        }

        if (isEnd && _receiver.IsTruncated)
            batch.Drop(batch.Count - 1, FrameVerdict.Truncated);
        return isEnd;
    }
}
