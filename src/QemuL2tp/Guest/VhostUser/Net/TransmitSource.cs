using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// Frames that the guest transmits, where they are in its memory. Each buffer taken has a place in the batch, whatever becomes
/// of its frame, and goes back to the driver when everything made of it is done with, in the same order.
/// </summary>
internal sealed unsafe class TransmitSource : IFrameSource, IDisposable
{
    /// <summary>More cannot be encapsulated whatever the header.</summary>
    private const int MaxFrameLength = 65535;
    private const int MinFrameLength = 14;

    private readonly VhostUserDevice _device;
    private readonly PollWindow _polling;
    private readonly BufferChain _chain = new();
    private readonly OffloadedFrames _offloaded = new();
    private readonly RarpFrames _rarp = new();
    private readonly ReturnedBuffers _returned;
    private readonly Vring[] _rings = new Vring[Features.MaxQueuePairs];
    private readonly bool[] _hasKicks = new bool[2 * Features.MaxQueuePairs];
    private int _count;
    private int _start;
    private FrameBatch? _batch;

    /// <param name="device">Whose transmit rings are read.</param>
    /// <param name="pollMicroseconds">How long after the last frame the rings are looked at without being kicked.</param>
    public TransmitSource(VhostUserDevice device, int pollMicroseconds)
    {
        _device = device;
        _polling = new PollWindow(pollMicroseconds);
        _returned = new ReturnedBuffers(device.Rings);
    }

    /// <summary>Called when rings were started, stopped, enabled or disabled.</summary>
    public void FindRings()
    {
        _count = 0;
        foreach (Vring ring in _device.Rings)
        {
            if (!ring.IsReceive && ring.Queue is not null)
                _rings[_count++] = ring;
        }

        // A ring that has just started does not know whether we want kicks.
        Array.Clear(_hasKicks);
    }

    /// <summary>Super-frames of the guest that were cut into segments; read on any thread.</summary>
    public long SuperFrames => Volatile.Read(ref _offloaded.SuperFrames);

    public void SendRarp(ulong address) => _rarp.Add(address);

    public bool Fill(FrameBatch batch)
    {
        _batch = batch;
        _offloaded.Clear();
        _rarp.MoveTo(batch, BufferToken.None.Value);
        bool hasMore = false;
        for (int i = 0; i < _count && !hasMore; i++)
        {
            _start = (_start + 1) % _count;
            hasMore = TakeFrom(_rings[_start], batch);
        }

        if (!hasMore && batch.Count == 0)
            return _polling.IsOpen || EnableKicks();
        _polling.Open();
        return true;
    }

    public void Complete(FrameBatch batch, int done)
    {
        for (int i = 0; i < done; i++)
        {
            BufferToken token = new(batch.OriginToken(i));
            if (token.IsBuffer && token.IsLast)
                _returned.Add(_device.Rings[token.Ring], token.Id, token.Slots, 0);
        }

        _returned.Publish();
    }

    /// <summary>
    /// Takes the frames of this ring that wait in the batch out of the way and gives their buffers back. A buffer of which a part was sent is
    /// used: the driver that offered it anew would have that part sent twice.
    /// </summary>
    public void LetGo(Vring ring)
    {
        bool isGivenBack = false;
        for (int i = 0; i < (_batch?.Origins ?? 0); i++)
        {
            BufferToken token = new(_batch!.OriginToken(i));
            if (!token.IsBuffer || token.Ring != ring.Index)
                continue;
            if (!isGivenBack && token.IsFirst)
            {
                ring.Queue!.Position = token.Position;
                isGivenBack = true;
            }
            else if (!isGivenBack && token.IsLast && _device.Memory.IsWhole())
            {
                ring.Queue!.Return(token.Id, token.Slots, 0);
            }

            _batch.DropMadeOf(i, isGivenBack ? FrameVerdict.GivenBack : FrameVerdict.PartlySent);
            _batch.OriginToken(i) = BufferToken.None.Value;
        }
    }

    public void Dispose()
    {
        _chain.Dispose();
        _offloaded.Dispose();
        _rarp.Dispose();
    }

    /// <returns>True when the batch is full before the ring is empty.</returns>
    private bool TakeFrom(Vring ring, FrameBatch batch)
    {
        Virtqueue queue = ring.Queue!;
        if (_hasKicks[ring.Index])
            queue.DisableKicks();
        _hasKicks[ring.Index] = false;
        while (!batch.IsFull)
        {
            uint position = queue.Position;
            switch (queue.TryTake(_chain))
            {
                case TakeResult.Empty:
                    return false;
                case TakeResult.Broken:
                    ring.Break(queue.Fault);
                    return false;
            }

            if (AddFrame(batch, new BufferToken(_chain, position, ring.Index), ring.IsEnabled))
                continue;
            queue.Position = position;
            return true;
        }

        return true;
    }

    /// <returns>False when the frame does not fit beside those that are in the batch.</returns>
    private bool AddFrame(FrameBatch batch, BufferToken token, bool isEnabled)
    {
        int header = _device.HeaderLength;
        if (!isEnabled)
            return AddDropped(batch, token, FrameVerdict.QueueDisabled);
        if (_chain.Length < (ulong)header)
            return AddDropped(batch, token, FrameVerdict.NoVirtioHeader);
        if (_chain.Length < (ulong)(header + MinFrameLength))
            return AddDropped(batch, token, FrameVerdict.RuntFrame);
        VirtioNetHeader what = VirtioNetHeader.Read(_chain, header, out int first, out uint offset);
        if (!what.IsComplete)
            return _offloaded.TryAdd(batch, _chain, first, offset, what, _device.Features, token);
        if (_chain.Length > (ulong)(header + MaxFrameLength))
            return AddDropped(batch, token, FrameVerdict.FrameTooLong);
        if (!batch.TryBegin(_chain.Count - first, token.Value))
            return batch.Count == 0 && AddDropped(batch, token, FrameVerdict.TooManyFragments);

        for (int i = first; i < _chain.Count; i++, offset = 0)
            batch.Append(_chain.Pieces[i].Base + offset, (int)(_chain.Pieces[i].Length - offset));
        return true;
    }

    private static bool AddDropped(FrameBatch batch, BufferToken token, FrameVerdict reason)
    {
        if (!batch.TryBegin(0, token.Value))
            return false;
        batch.Drop(batch.Count - 1, reason);
        return true;
    }

    /// <summary>Before sleeping.</summary>
    /// <returns>True when a buffer came meanwhile.</returns>
    private bool EnableKicks()
    {
        bool isAvailable = false;
        for (int i = 0; i < _count; i++)
        {
            isAvailable |= _rings[i].Queue!.EnableKicks();
            _hasKicks[_rings[i].Index] = true;
        }

        return isAvailable;
    }
}
