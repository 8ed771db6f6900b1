using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace QemuL2tp.Frames;

/// <summary>
/// A fixed number of frames on their way in one direction; the unit of work everywhere. Unmanaged arrays, allocated
/// once, owned by one thread. A source puts frames in, stages may shape them, a sink takes them.
/// </summary>
/// <remarks>
/// Per frame the fragment array holds <c>[header][data]…[data]</c>. The header fragment starts empty and is filled by
/// <see cref="Prepend"/>, so that a sink can hand the very same array to the kernel; it points into memory of whoever
/// prepended, and stays valid until the next batch. Data fragments point into memory of the source and stay valid until
/// <see cref="IFrameSource.Complete"/>.
/// </remarks>
internal sealed unsafe partial class FrameBatch : IDisposable
{
    /// <summary>Frames in a batch unless said otherwise.</summary>
    public const int DefaultCapacity = 64;

    /// <summary>Frames of the largest batch.</summary>
    public const int MaxCapacity = 1024;

    /// <summary>Pieces of a frame at most; with the header as many as one system call takes (UIO_MAXIOV).</summary>
    public const int MaxFragments = 1023;

    private const int FragmentsPerFrame = 4;

    private FrameSlot* _slots;
    private readonly FrameFragment* _fragments;
    private readonly int _fragmentCapacity;

    /// <summary>What of the capacity is the source's.</summary>
    private readonly BatchRoom _sourceRoom;
    private int _first;
    private int _end;
    private int _fragmentEnd;

    /// <param name="counters">Where frames in, out and dropped are counted.</param>
    /// <param name="capacity">Most frames at a time, 1..1024.</param>
    /// <param name="reserve">What of it is for the stages; the rest is for the source, at least one frame.</param>
    public FrameBatch(DirectionCounters counters, int capacity = DefaultCapacity, BatchRoom reserve = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaxCapacity);
        Counters = counters;
        Capacity = capacity;
        _fragmentCapacity = RoomOf(capacity).Fragments;
        _sourceRoom = RoomOf(capacity) - reserve;
        ArgumentOutOfRangeException.ThrowIfLessThan(_sourceRoom.Slots, 1, nameof(reserve));
        ArgumentOutOfRangeException.ThrowIfLessThan(_sourceRoom.Fragments, FragmentsPerFrame, nameof(reserve));
        _slots = (FrameSlot*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(FrameSlot));
        _fragments = (FrameFragment*)NativeMemory.AllocZeroed((nuint)_fragmentCapacity, (nuint)sizeof(FrameFragment));
    }

    public DirectionCounters Counters { get; }
    public int Capacity { get; }
    public int Count => _end - _first;
    public bool IsEmpty => _first == _end;

    /// <summary>For a source: a further frame of up to three pieces may not fit before the batch is emptied.</summary>
    public bool IsFull => _end >= _sourceRoom.Slots || _fragmentEnd + FragmentsPerFrame > _sourceRoom.Fragments;

    /// <summary>For a source: what may still be added before the batch is emptied.</summary>
    public BatchRoom Room => new(_sourceRoom.Slots - _end, _sourceRoom.Fragments - _fragmentEnd);

    /// <summary>All the room of a batch, for source and stages together.</summary>
    /// <param name="capacity">Most frames.</param>
    public static BatchRoom RoomOf(int capacity) => new(capacity, capacity * FragmentsPerFrame);

    /// <summary>The frame at <paramref name="index"/>, 0 being the oldest that no sink has taken yet.</summary>
    public ref FrameSlot this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _slots[_first + index];
    }

    /// <summary>Data fragments of a frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FrameFragment* DataOf(int index) => _fragments + this[index].FirstFragment + 1;

    /// <summary>Header and data fragments of a frame as one vector, without the header while that is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FrameFragment* VectorOf(int index, out int count)
    {
        ref FrameSlot slot = ref this[index];
        FrameFragment* header = _fragments + slot.FirstFragment;
        int skip = header->Length == 0 ? 1 : 0;
        count = slot.FragmentCount + 1 - skip;
        return header + skip;
    }

    /// <summary>Bytes of the frame and of what was prepended to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int WireLengthOf(int index)
    {
        ref FrameSlot slot = ref this[index];
        return slot.Length + (int)_fragments[slot.FirstFragment].Length;
    }

    /// <summary>Puts a header in front of a frame; frames may share one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prepend(int index, byte* header, int length) =>
        _fragments[this[index].FirstFragment] = new FrameFragment { Base = header, Length = (nuint)length };

    /// <summary>Takes <paramref name="length"/> bytes off the front of the first data fragment, which must hold them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StripFront(int index, int length)
    {
        ref FrameSlot slot = ref this[index];
        FrameFragment* data = DataOf(index);
        data->Base += length;
        data->Length -= (nuint)length;
        slot.Length -= length;
        slot.Headroom = length;
    }

    /// <summary>Adds a frame that lies in one piece. False when the batch is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(byte* data, int length, nuint token = 0)
    {
        if (_end >= _sourceRoom.Slots || _fragmentEnd + 2 > _sourceRoom.Fragments)
            return false;
        Add(data, length, token, isForeign: false);
        Counters.FramesIn++;
        return true;
    }

    /// <summary>Adds frames that lie behind each other and have one length but for the last, which may be shorter.</summary>
    /// <param name="data">The first of them.</param>
    /// <param name="length">Bytes of all; one empty frame if 0.</param>
    /// <param name="step">Bytes of each; more than 0 unless <paramref name="length"/> is 0.</param>
    /// <param name="token">The source's mark of each.</param>
    /// <param name="isForeign">As <see cref="FrameSlot.IsForeign"/>, for each.</param>
    /// <returns>Bytes added; fewer than <paramref name="length"/> when the batch is full.</returns>
    public int AddRun(byte* data, int length, int step, nuint token, bool isForeign)
    {
        int before = _end;
        int left = length;
        int most = Math.Min(_sourceRoom.Slots, _end + ((_sourceRoom.Fragments - _fragmentEnd) / 2));
        while (_end < most)
        {
            int piece = Math.Min(step, left);
            Add(data, piece, token, isForeign);
            data += piece;
            left -= piece;
            if (left == 0)
                break;
        }

        Counters.FramesIn += _end - before;
        return length - left;
    }

    /// <summary>Starts a frame of <paramref name="fragments"/> pieces, to be given by <see cref="Append"/>. False when they do not fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryBegin(int fragments, nuint token = 0)
    {
        if (_end >= _sourceRoom.Slots || fragments > MaxFragments || _fragmentEnd + 1 + fragments > _sourceRoom.Fragments)
            return false;
        ref FrameSlot slot = ref _slots[_end++];
        slot = default;
        slot.Token = token;
        slot.FirstFragment = _fragmentEnd;
        _fragments[_fragmentEnd++].Length = 0;
        Counters.FramesIn++;
        return true;
    }

    /// <summary>Adds a piece to the newest frame. At most as many as <see cref="TryBegin"/> was told.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(byte* data, int length)
    {
        ref FrameSlot slot = ref _slots[_end - 1];
        FrameFragment* fragment = _fragments + _fragmentEnd++;
        fragment->Base = data;
        fragment->Length = (nuint)length;
        slot.FragmentCount++;
        slot.Length += length;
    }

    /// <summary>Counts frames that never get a slot.</summary>
    public void Reject(FrameVerdict reason, long count = 1)
    {
        Counters.FramesIn += count;
        Counters.Count(reason, FrameSlot.FromUnknown, count);
    }

    /// <summary>Marks a frame as dropped and counts why. The first reason stays.</summary>
    public void Drop(int index, FrameVerdict reason)
    {
        ref FrameSlot slot = ref this[index];
        if (slot.Verdict != FrameVerdict.Accept)
            return;
        slot.Verdict = reason;
        Counters.Count(reason, slot.Token, 1 + slot.Joined);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(byte* data, int length, nuint token, bool isForeign)
    {
        FrameFragment* fragment = _fragments + _fragmentEnd;
        _slots[_end++] = new FrameSlot { Token = token, FirstFragment = _fragmentEnd, FragmentCount = 1, Length = length, IsForeign = isForeign };
        fragment[0].Length = 0;
        fragment[1].Base = data;
        fragment[1].Length = (nuint)length;
        _fragmentEnd += 2;
    }

    /// <summary>Forgets the oldest <paramref name="taken"/> frames, after counting those that were not dropped as out.</summary>
    public void RemoveFirst(int taken)
    {
        if (_isShaped)
            Settle(taken);
        for (int i = 0; i < taken; i++)
        {
            ref FrameSlot slot = ref this[i];
            if (slot.Verdict == FrameVerdict.Accept)
            {
                Counters.FramesOut++;
                Counters.BytesOut += slot.Length;
            }
        }

        _first += taken;
        if (_first < _end)
            return;
        _first = _end = _fragmentEnd = 0;
        _isShaped = false;
    }

    public void Dispose()
    {
        NativeMemory.Free(_slots);
        NativeMemory.Free(_shaped);
        NativeMemory.Free(_origins);
        NativeMemory.Free(_fragments);
    }
}
