using System.Runtime.InteropServices;
using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport.Stages;

/// <summary>Holds every frame back for some time; of too many the oldest go earlier.</summary>
internal sealed unsafe class DelayByTimer(int milliseconds) : IFrameStage, IDisposable
{
    private const int MaxHeld = 64;
    private const int Headroom = 4;
    private const int MaxLength = 200_000;

    /// <summary>As many as are held, and as many as one batch may bring beside them: a copy that has gone is read until the batch is empty.</summary>
    private const int Copies = MaxHeld + FrameBatch.MaxCapacity;

    private readonly byte* _memory = (byte*)NativeMemory.Alloc(Copies, Headroom + MaxLength);
    private readonly FrameSlot[] _slots = new FrameSlot[Copies];
    private readonly long[] _due = new long[Copies];
    private int _first;
    private int _count;

    public int FramesHeld => _count;

    public long Due => _count == 0 ? long.MaxValue : _due[_first];

    /// <summary>Whatever comes may go with it in the same batch, in a copy of two pieces, and so may all that is held.</summary>
    public BatchRoom Reserve(BatchRoom room) => new(MaxHeld, (room.Fragments / 2) + MaxHeld);

    public void Apply(FrameBatch batch, long now)
    {
        batch.BeginShape();
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch[i].Verdict != FrameVerdict.Accept)
            {
                batch.Keep(i);
                continue;
            }

            if (_count == MaxHeld)
                LetGoFirst(batch);
            Hold(batch, i, now + milliseconds);
        }

        while (Due <= now)
            LetGoFirst(batch);
        batch.EndShape();
    }

    public void Dispose() => NativeMemory.Free(_memory);

    private void Hold(FrameBatch batch, int index, long due)
    {
        int place = (_first + _count++) % Copies;
        _slots[place] = batch[index];
        _due[place] = due;
        batch.CopyTo(index, CopyAt(place));
    }

    private void LetGoFirst(FrameBatch batch)
    {
        batch.Insert(_slots[_first], CopyAt(_first), Headroom);
        _first = (_first + 1) % Copies;
        _count--;
    }

    private byte* CopyAt(int place) => _memory + ((nint)place * (Headroom + MaxLength)) + Headroom;
}
