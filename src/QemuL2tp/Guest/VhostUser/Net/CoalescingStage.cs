using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Packets;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// Verifies checksums of frames for a guest that wants that, and puts consecutive segments of one batch together where it takes super-frames.
/// While the guest wants neither, batches pass as they are. The last stage: it makes what a driver of this moment takes.
/// </summary>
/// <param name="device">Whose features say what the guest takes.</param>
/// <param name="refused">Called once when its driver drops super-frames all the same; it gets none until <see cref="Forget"/>.</param>
internal sealed unsafe class CoalescingStage(VhostUserDevice device, Action refused) : IFrameStage, IDisposable
{
    private readonly Coalescer _coalescer = new(FrameBatch.MaxCapacity);

    /// <summary>The headers of super-frames, each of which is made of two frames at least.</summary>
    private readonly byte* _headers = (byte*)NativeMemory.Alloc(FrameBatch.MaxCapacity / 2, PacketHeaders.MaxLength);

    private readonly SuperFrameRefusal _refusal = new();
    private int _used;
    private long _superFrames;
    private bool _isRefused;

    /// <summary>Super-frames that were made; read on any thread.</summary>
    public long SuperFrames => Volatile.Read(ref _superFrames);

    /// <summary>Frames that come in one piece have two in the batch. A super-frame of n of them has n + 2, its header and the free piece in front included.</summary>
    public BatchRoom Reserve(BatchRoom room) => new(0, 2 * FrameBatch.MaxCapacity);

    public void Apply(FrameBatch batch, long now)
    {
        GuestOffloads guest = new(device.Features);
        if (!guest.IsAny || batch.IsEmpty)
            return;
        _used = 0;
        _coalescer.Types = _isRefused ? GsoTypes.None : guest.Types;
        _coalescer.Clear();
        for (int i = 0; i < batch.Count; i++)
            Offer(batch, i);

        int superFrames = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            Delivery delivery = _coalescer[i].Delivery;
            batch[i].Offload.Kind = delivery == Delivery.Verified ? OffloadKind.Verified : OffloadKind.None;
            superFrames += delivery == Delivery.SuperFrame ? 1 : 0;
        }

        // Before the batch is shaped; what has been made is delivered.
        if (_superFrames + superFrames > 0 && !_isRefused)
            LookForRefusal(batch.Count);
        if (superFrames > 0)
            Join(batch);
        Volatile.Write(ref _superFrames, _superFrames + superFrames);
    }

    /// <summary>There is another driver.</summary>
    public void Forget()
    {
        _isRefused = false;
        _refusal.Clear();
    }

    /// <summary>The guest had no buffers: that frames come again says nothing.</summary>
    public void OnStarved() => _refusal.Clear();

    public void Dispose() => NativeMemory.Free(_headers);

    /// <summary>Dropped frames, and those that a stage has made of several pieces, stay as they are, and no frame is moved past them.</summary>
    private void Offer(FrameBatch batch, int index)
    {
        ref FrameSlot slot = ref batch[index];
        if (slot.Verdict == FrameVerdict.Accept && slot.FragmentCount == 1)
            _coalescer.Offer((PacketFragment*)batch.DataOf(index), 1, slot.Length);
        else
            _coalescer.Offer(null, 0, 0);
    }

    private void LookForRefusal(int count)
    {
        for (int i = 0; i < count && !_isRefused; i++)
        {
            Delivery delivery = _coalescer[i].Delivery;
            if (delivery == Delivery.Follower || !_coalescer.IsSegment(i, out Flow flow, out uint sequence))
                continue;
            _isRefused = _refusal.OnSegment(flow, sequence);
            if (delivery == Delivery.SuperFrame)
                _refusal.OnSuperFrame(flow, sequence);
        }

        if (_isRefused)
            refused();
    }

    private void Join(FrameBatch batch)
    {
        int count = batch.Count;
        batch.BeginShape();
        for (int i = 0; i < count; i++)
        {
            if (_coalescer[i].Delivery == Delivery.SuperFrame)
                ListSuperFrame(batch, i);
            else if (_coalescer[i].Delivery != Delivery.Follower)
                batch.Keep(i);
        }

        batch.EndShape();
    }

    private void ListSuperFrame(FrameBatch batch, int index)
    {
        int length = _coalescer[index].HeaderLength;
        byte* header = _headers + _used;
        _used += PacketHeaders.MaxLength;
        PacketOffload offload = _coalescer.WriteHeader(index, header);
        batch.KeepWith(index, header, length).Offload = new OffloadState
        {
            Kind = offload.Type switch
            {
                GsoType.Tcp4 => OffloadKind.Tcp4,
                GsoType.Tcp6 => OffloadKind.Tcp6,
                _ => OffloadKind.Udp,
            },
            HeaderLength = (ushort)length,
            SegmentSize = offload.SegmentSize,
            ChecksumStart = offload.ChecksumStart,
            ChecksumOffset = (byte)offload.ChecksumOffset,
        };
        for (int i = _coalescer[index].Next; i != CoalescedFrame.None; i = _coalescer[i].Next)
        {
            if (!batch.TryJoin(i, _coalescer[i].HeaderLength))
                Environment.FailFast("a super-frame has more pieces than a frame may have");
        }
    }
}
