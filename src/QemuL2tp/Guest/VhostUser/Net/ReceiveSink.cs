using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Packets;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// Copies frames into the buffers that the guest has provided, a header in front of each. A flow has one ring. When that ring
/// has no buffer, frames wait; after <see cref="HoldMilliseconds"/> they are dropped until there is one.
/// </summary>
internal sealed unsafe class ReceiveSink : IFrameSink, IDisposable
{
    /// <summary>How long frames wait for a buffer: a busy guest finds time within it, and nobody wants older frames.</summary>
    public const int HoldMilliseconds = 250;

    /// <summary>Most buffers for one frame.</summary>
    private const int MaxBuffers = 1024;

    /// <summary>What may be in front of the MTU's bytes: an Ethernet header and two VLAN tags.</summary>
    private const int MaxLinkHeader = 22;

    private readonly VhostUserDevice _device;
    private readonly BufferChain _firstChain = new();
    private readonly BufferChain _nextChain = new();
    private readonly Used[] _used = new Used[MaxBuffers];
    private readonly ReturnedBuffers _returned;
    private readonly Vring[] _rings = new Vring[Features.MaxQueuePairs];
    private readonly bool[] _isDropping = new bool[2 * Features.MaxQueuePairs];
    private readonly bool[] _hasKicks = new bool[2 * Features.MaxQueuePairs];
    private int _count;
    private Vring? _waitingFor;

    private enum Outcome
    {
        Done,

        /// <summary>No buffer; a kick will come when there is one more.</summary>
        NoBuffer,

        /// <summary>Buffers that cannot be written to were returned empty; the next ones may do.</summary>
        BadBuffer,

        /// <summary>Things have changed: another buffer is there now, or the ring is gone.</summary>
        TryAgain,
    }

    private struct Used
    {
        public ushort Id;
        public ushort Slots;
        public uint Written;
    }

    public ReceiveSink(VhostUserDevice device)
    {
        _device = device;
        _returned = new ReturnedBuffers(device.Rings);
    }

    /// <summary>Set while frames wait for the buffers of this ring.</summary>
    public bool IsWaiting => _waitingFor is not null;

    /// <summary>Frames dropped so far for want of buffers.</summary>
    public long Starved { get; private set; }

    /// <summary>Called when a ring was started, stopped, enabled or disabled.</summary>
    public void FindRings(Vring changed)
    {
        // That the driver before had no buffers says nothing about the next one.
        _isDropping[changed.Index] = false;
        _count = 0;
        _waitingFor = null;
        foreach (Vring ring in _device.Rings)
        {
            if (ring is { IsReceive: true, IsEnabled: true, Queue: not null })
                _rings[_count++] = ring;
        }

        // Drivers kick until they are told otherwise.
        Array.Fill(_hasKicks, true);
    }

    /// <summary>The frames have waited long enough: they are dropped until a buffer comes.</summary>
    public void StopWaiting()
    {
        if (_waitingFor is not null)
            _isDropping[_waitingFor.Index] = true;
        _waitingFor = null;
    }

    public int Accept(FrameBatch batch)
    {
        _waitingFor = null;
        int taken = 0;
        for (; taken < batch.Count; taken++)
        {
            if (batch[taken].Verdict == FrameVerdict.Accept && !TryDeliver(batch, taken))
                break;
        }

        _returned.Publish();
        return taken;
    }

    public void Dispose()
    {
        _firstChain.Dispose();
        _nextChain.Dispose();
    }

    /// <returns>False when the frame must wait.</returns>
    private bool TryDeliver(FrameBatch batch, int index)
    {
        FrameFragment* data = batch.DataOf(index);
        int bad = 0;
        while (_count > 0)
        {
            Vring ring = _rings[_count == 1 ? 0 : FlowHash.Of(data->Base, (uint)data->Length) % (uint)_count];
            Outcome outcome = Deliver(ring, batch, index);
            if (outcome == Outcome.Done)
                return true;
            if (outcome == Outcome.TryAgain)
                continue;
            if (outcome == Outcome.BadBuffer)
            {
                // A guest could offer them as fast as they are returned.
                if (++bad < MaxBuffers)
                    continue;
                batch.Drop(index, FrameVerdict.ReceiveBufferTooSmall);
                return true;
            }

            if (!_isDropping[ring.Index])
            {
                _waitingFor = ring;
                return false;
            }

            batch.Drop(index, FrameVerdict.NoReceiveBuffer);
            Starved++;
            return true;
        }

        batch.Drop(index, FrameVerdict.GuestNotReady);
        return true;
    }

    private Outcome Deliver(Vring ring, FrameBatch batch, int index)
    {
        ref FrameSlot slot = ref batch[index];
        int length = slot.Length;
        bool isSuperFrame = slot.Offload.IsSuperFrame;
        if (isSuperFrame && !new GuestOffloads(_device.Features).Takes(slot.Offload.Kind))
        {
            batch.Drop(index, FrameVerdict.OffloadNotNegotiated);
            return Outcome.Done;
        }

        if (_device.Mtu > 0 && (isSuperFrame ? slot.Offload.HeaderLength + slot.Offload.SegmentSize : length) > _device.Mtu + MaxLinkHeader)
        {
            batch.Drop(index, FrameVerdict.AboveMtu);
            return Outcome.Done;
        }

        Virtqueue queue = ring.Queue!;
        uint position = queue.Position;
        uint header = (uint)_device.HeaderLength;
        TakeResult result = Take(queue, _firstChain, header, out RingFault fault);
        int buffers = 1;
        if (result == TakeResult.Taken)
        {
            bool isMergeable = (_device.Features & Features.MergeableBuffers) != 0;
            bool fits = isMergeable || _firstChain.Length >= header + (ulong)length;
            if (fits)
                result = Fill(queue, batch, index, header, out buffers, out fault);
            if (!fits || buffers > MaxBuffers)
            {
                queue.Position = position;
                batch.Drop(index, FrameVerdict.ReceiveBufferTooSmall);
                return Outcome.Done;
            }
        }

        if (result == TakeResult.Broken && fault == RingFault.ReadOnlyMemory)
        {
            ReturnEmpty(ring, buffers);
            return Outcome.BadBuffer;
        }

        if (result == TakeResult.Broken)
        {
            queue.Position = position;
            ring.Break(fault);
            return Outcome.TryAgain;
        }

        if (result == TakeResult.Empty)
        {
            // Asked for at this place: what was taken for the first part of the frame is not enough.
            bool isAvailable = queue.EnableKicks();
            _hasKicks[ring.Index] = true;
            queue.Position = position;
            return isAvailable ? Outcome.TryAgain : Outcome.NoBuffer;
        }

        WriteHeader(header, slot.Offload, (ushort)buffers);
        for (int i = 0; i < buffers; i++)
            _returned.Add(ring, _used[i].Id, _used[i].Slots, _used[i].Written);
        _isDropping[ring.Index] = false;
        if (_hasKicks[ring.Index])
            queue.DisableKicks();
        _hasKicks[ring.Index] = false;
        return Outcome.Done;
    }

    /// <summary>Copies the frame into the first chain behind its header, and into further ones as long as something is left.</summary>
    private TakeResult Fill(Virtqueue queue, FrameBatch batch, int index, uint header, out int buffers, out RingFault fault)
    {
        fault = RingFault.None;
        BufferChain chain = _firstChain;
        ChainWriter writer = _firstChain.Length > header ? new(chain, _device.ActiveLog, header) : default;
        uint written = header;
        FrameFragment* fragment = batch.DataOf(index);
        FrameFragment* end = fragment + batch[index].FragmentCount;
        buffers = 1;
        uint offset = 0;
        while (true)
        {
            while (fragment < end && chain.Length > written)
            {
                uint part = writer.Write(fragment->Base + offset, (uint)fragment->Length - offset);
                written += part;
                offset += part;
                if (offset == fragment->Length)
                {
                    fragment++;
                    offset = 0;
                }
            }

            _used[buffers - 1] = new Used { Id = chain.Id, Slots = chain.Slots, Written = written };
            if (fragment == end)
                return TakeResult.Taken;
            if (++buffers > MaxBuffers)
                return TakeResult.Taken;
            chain = _nextChain;
            TakeResult result = Take(queue, chain, 1, out fault);
            if (result != TakeResult.Taken)
                return result;
            writer = new ChainWriter(chain, _device.ActiveLog, 0);
            written = 0;
        }
    }

    /// <summary>Takes a buffer; one of fewer bytes than <paramref name="minLength"/>, or that may only be read, is a fault.</summary>
    private static TakeResult Take(Virtqueue queue, BufferChain chain, uint minLength, out RingFault fault)
    {
        TakeResult result = queue.TryTake(chain);
        fault = queue.Fault;
        if (result != TakeResult.Taken)
            return result;
        if (chain.IsReadOnly)
            fault = RingFault.ReadOnlyMemory;
        else if (chain.Length < minLength)
            fault = RingFault.BufferTooSmall;
        return fault == RingFault.None ? TakeResult.Taken : TakeResult.Broken;
    }

    /// <summary>Returns so many buffers, of which the last was taken just now, with nothing in them: drivers put such ones aside.</summary>
    private void ReturnEmpty(Vring ring, int buffers)
    {
        BufferChain last = buffers == 1 ? _firstChain : _nextChain;
        _used[buffers - 1] = new Used { Id = last.Id, Slots = last.Slots };
        for (int i = 0; i < buffers; i++)
            _returned.Add(ring, _used[i].Id, _used[i].Slots, 0);
    }

    /// <summary>Of a frame as it came all zeros but for the number of buffers: nothing is left to do to it.</summary>
    private void WriteHeader(uint length, in OffloadState offload, ushort buffers)
    {
        VirtioNetHeader header = new() { BufferCount = buffers };
        if (offload.Kind != OffloadKind.None)
            Describe(offload, ref header);
        new ChainWriter(_firstChain, _device.ActiveLog, 0).Write((byte*)&header, length);
    }

    private void Describe(in OffloadState offload, ref VirtioNetHeader header)
    {
        if (!offload.IsSuperFrame)
        {
            // The driver may be another one than when it was verified.
            header.Flags = new GuestOffloads(_device.Features).IsAny ? VirtioNetHeader.DataValid : (byte)0;
            return;
        }

        header.Flags = VirtioNetHeader.NeedsChecksum;
        header.GsoType = (byte)(offload.Kind switch
        {
            OffloadKind.Tcp4 => GsoType.Tcp4,
            OffloadKind.Tcp6 => GsoType.Tcp6,
            _ => GsoType.Udp,
        });
        header.HeaderLength = offload.HeaderLength;
        header.GsoSize = offload.SegmentSize;
        header.ChecksumStart = offload.ChecksumStart;
        header.ChecksumOffset = offload.ChecksumOffset;
    }
}
