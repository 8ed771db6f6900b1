using System.Runtime.InteropServices;

namespace QemuL2tp.Frames;

/// <summary>
/// How a stage shapes a batch: it lists the frames that go on, in their new order, each as it is or made anew. Until the end the old
/// order stays as it was. What the source put in (an origin) is done with when every frame that may be made of it is.
/// </summary>
internal sealed unsafe partial class FrameBatch
{
    private FrameSlot* _shaped;
    private int _shapedEnd;

    /// <summary>A stage has shaped what is in the batch now, so frames and origins are no longer one for one.</summary>
    private bool _isShaped;

    /// <summary>The source's tokens, from the oldest origin on that is not done with.</summary>
    private nuint* _origins;
    private int _originFirst;
    private int _originEnd;

    /// <summary>How many of those that the source put in are not done with.</summary>
    public int Origins => _isShaped ? _originEnd - _originFirst : Count;

    /// <summary>The source's token of one of them, 0 being the oldest.</summary>
    public ref nuint OriginToken(int origin)
    {
        if (_isShaped)
            return ref _origins[_originFirst + origin];
        return ref this[origin].Token;
    }

    /// <summary>How many of them, the oldest first, are done with when the oldest <paramref name="taken"/> frames are.</summary>
    public int DoneWith(int taken)
    {
        if (!_isShaped)
            return taken;
        int end = _originEnd;
        for (int i = taken; i < Count; i++)
            end = Math.Min(end, this[i].FirstOrigin);
        return end - _originFirst;
    }

    /// <summary>Drops every frame that may be made of an origin.</summary>
    public void DropMadeOf(int origin, FrameVerdict reason)
    {
        if (!_isShaped)
        {
            Drop(origin, reason);
            return;
        }

        int place = _originFirst + origin;
        for (int i = 0; i < Count; i++)
        {
            if (this[i].FirstOrigin <= place && place <= this[i].LastOrigin)
                Drop(i, reason);
        }
    }

    /// <summary>Copies the bytes of a frame, header not included.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="to">Room for all of it.</param>
    public void CopyTo(int index, byte* to)
    {
        FrameFragment* data = DataOf(index);
        for (int left = this[index].FragmentCount; left > 0; left--, data++)
        {
            Buffer.MemoryCopy(data->Base, to, data->Length, data->Length);
            to += data->Length;
        }
    }

    /// <summary>
    /// Begins a new order, for a batch of which nothing was taken yet. Frames that are not listed leave the batch uncounted: the
    /// stage has a copy.
    /// </summary>
    public void BeginShape()
    {
        if (_shaped == null)
        {
            _shaped = (FrameSlot*)NativeMemory.AllocZeroed((nuint)Capacity, (nuint)sizeof(FrameSlot));
            _origins = (nuint*)NativeMemory.AllocZeroed((nuint)Capacity, (nuint)sizeof(nuint));
        }

        if (!_isShaped)
            RememberOrigins();
        _shapedEnd = 0;
    }

    /// <summary>Lists a frame as it is; once only.</summary>
    public void Keep(int index) => NextSlot() = this[index];

    /// <summary>Lists a frame, which is not dropped, with other bytes in place of its first ones.</summary>
    /// <param name="index">The frame, which must not be listed otherwise.</param>
    /// <param name="beginning">The new bytes, valid until the batch is emptied.</param>
    /// <param name="length">How many, and how many of the frame's own they replace: fewer than it has.</param>
    /// <returns>Its slot in the new order.</returns>
    public ref FrameSlot KeepWith(int index, byte* beginning, int length)
    {
        ref FrameSlot slot = ref NextSlot();
        slot = this[index];
        FrameFragment* header = _fragments + slot.FirstFragment;
        slot.FirstFragment = _fragmentEnd;
        slot.FragmentCount = 0;
        slot.Headroom = 0;
        AddFragment(header->Base, header->Length);
        AddFragment(ref slot, beginning, (nuint)length);
        AddAfter(ref slot, index, length);
        return ref slot;
    }

    /// <summary>Lists a frame that was held back, and counted as in when it came.</summary>
    /// <param name="like">The slot that it had: length, offload state, who sent it.</param>
    /// <param name="data">Its bytes, in one piece, valid until the batch is emptied.</param>
    /// <param name="headroom">Bytes in front of them that may be overwritten.</param>
    public void Insert(in FrameSlot like, byte* data, int headroom)
    {
        ref FrameSlot slot = ref NextSlot();
        slot = like;
        slot.FirstFragment = _fragmentEnd;
        slot.FragmentCount = 0;
        slot.Headroom = headroom;
        slot.FirstOrigin = slot.LastOrigin = FrameSlot.NoOrigin;
        slot.Token = like.IsForeign ? FrameSlot.FromUnknown : FrameSlot.FromPeer;
        AddFragment(null, 0);
        AddFragment(ref slot, data, (nuint)like.Length);
    }

    /// <summary>Lists one more of a frame that is not dropped; both point at the same bytes.</summary>
    public void Duplicate(int index)
    {
        ref FrameSlot slot = ref NextSlot();
        slot = this[index];
        slot.Joined = 0;
        MoveFragments(ref slot);
        Counters.FramesIn++;
    }

    /// <summary>
    /// Lists a part of a frame that is not dropped; it points at the same bytes. The part with the frame's first byte stands for the
    /// frame, each other one is one more.
    /// </summary>
    /// <param name="index">The frame, which must not be listed otherwise.</param>
    /// <param name="offset">Bytes in front of the part.</param>
    /// <param name="length">Bytes of the part, at least 1.</param>
    public void Split(int index, int offset, int length)
    {
        FrameFragment* data = DataOf(index);
        ref FrameSlot slot = ref NextSlot();
        slot = this[index];
        FrameFragment header = _fragments[slot.FirstFragment];
        slot.FirstFragment = _fragmentEnd;
        slot.FragmentCount = 0;
        slot.Length = length;
        if (offset > 0)
        {
            header = default;
            slot.Headroom = 0;
            slot.Joined = 0;
            Counters.FramesIn++;
        }

        AddFragment(header.Base, header.Length);
        nuint skip = (nuint)offset;
        for (nuint left = (nuint)length; left > 0; data++)
        {
            if (skip >= data->Length)
            {
                skip -= data->Length;
                continue;
            }

            nuint part = Math.Min(left, data->Length - skip);
            AddFragment(ref slot, data->Base + skip, part);
            left -= part;
            skip = 0;
        }
    }

    /// <summary>Adds the bytes of a frame, which is not dropped, to the frame listed last, which then counts as both.</summary>
    /// <param name="index">The frame, which must not be listed otherwise.</param>
    /// <param name="skip">So many of its first bytes are left out.</param>
    /// <returns>False when the two have more pieces than one frame may have: nothing has changed.</returns>
    public bool TryJoin(int index, int skip = 0)
    {
        ref FrameSlot slot = ref _shaped[_shapedEnd - 1];
        ref FrameSlot joined = ref this[index];
        if (slot.FragmentCount + joined.FragmentCount > MaxFragments)
            return false;
        // Pieces of a frame lie side by side.
        if (slot.FirstFragment + 1 + slot.FragmentCount != _fragmentEnd)
            MoveFragments(ref slot);
        slot.Length += joined.Length - skip;
        slot.Joined += (ushort)(1 + joined.Joined);
        if (joined.FirstOrigin != FrameSlot.NoOrigin)
        {
            slot.LastOrigin = slot.FirstOrigin == FrameSlot.NoOrigin ? joined.LastOrigin : Math.Max(slot.LastOrigin, joined.LastOrigin);
            slot.FirstOrigin = Math.Min(slot.FirstOrigin, joined.FirstOrigin);
        }

        AddAfter(ref slot, index, skip);
        return true;
    }

    /// <summary>Puts the new order in force.</summary>
    public void EndShape()
    {
        FrameSlot* old = _slots;
        _slots = _shaped;
        _shaped = old;
        (_first, _end) = (0, _shapedEnd);
        if (IsEmpty)
            _fragmentEnd = 0;
    }

    private void RememberOrigins()
    {
        _isShaped = true;
        (_originFirst, _originEnd) = (0, Count);
        for (int i = 0; i < Count; i++)
        {
            ref FrameSlot slot = ref this[i];
            _origins[i] = slot.Token;
            slot.FirstOrigin = slot.LastOrigin = (ushort)i;
        }
    }

    /// <summary>Before frames of a shaped batch are removed: which origins go with them, and what they count beside themselves.</summary>
    private void Settle(int taken)
    {
        _originFirst += DoneWith(taken);
        for (int i = 0; i < taken; i++)
        {
            ref FrameSlot slot = ref this[i];
            if (slot.Verdict != FrameVerdict.Accept)
                continue;
            Counters.FramesOut += slot.Joined;
            // Of a super-frame, each of those that were joined had headers as long as the first one's, which are there once only.
            Counters.BytesOut += slot.Joined * slot.Offload.HeaderLength;
        }
    }

    private ref FrameSlot NextSlot()
    {
        if (_shapedEnd == Capacity)
            Environment.FailFast("a stage lists more frames than it has reserved slots for");
        return ref _shaped[_shapedEnd++];
    }

    /// <summary>Gives a frame pieces of its own, behind all others, that point at the same bytes.</summary>
    private void MoveFragments(ref FrameSlot slot)
    {
        FrameFragment* from = _fragments + slot.FirstFragment;
        slot.FirstFragment = _fragmentEnd;
        for (int left = slot.FragmentCount + 1; left > 0; left--, from++)
            AddFragment(from->Base, from->Length);
    }

    /// <summary>Adds the pieces of another frame without its first bytes.</summary>
    private void AddAfter(ref FrameSlot slot, int index, int skip)
    {
        nuint left = (nuint)skip;
        FrameFragment* data = DataOf(index);
        for (FrameFragment* end = data + this[index].FragmentCount; data < end; data++)
        {
            nuint skipped = Math.Min(left, data->Length);
            left -= skipped;
            if (skipped < data->Length)
                AddFragment(ref slot, data->Base + skipped, data->Length - skipped);
        }
    }

    private void AddFragment(ref FrameSlot slot, byte* data, nuint length)
    {
        AddFragment(data, length);
        slot.FragmentCount++;
    }

    private void AddFragment(byte* data, nuint length)
    {
        if (_fragmentEnd == _fragmentCapacity)
            Environment.FailFast("a stage makes more pieces than it has reserved");
        _fragments[_fragmentEnd++] = new FrameFragment { Base = data, Length = length };
    }
}
