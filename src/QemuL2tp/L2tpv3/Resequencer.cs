using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.L2tpv3;

/// <summary>
/// Puts received frames in the order of their numbers and drops copies (<c>x-reorder-window</c>). It comes right behind the
/// <see cref="Decapsulator"/>, which leaves the counter in front of the frame. <see cref="CounterTracker"/> decides about each
/// number; a frame that waits for others is held back and comes out of a later batch.
/// </summary>
/// <remarks>
/// Verdicts: <see cref="FrameVerdict.VccvPacket"/>, <see cref="FrameVerdict.EmptyFrame"/>, <see cref="FrameVerdict.Duplicate"/>,
/// <see cref="FrameVerdict.Late"/>. At any time frames in = frames out + drops + <see cref="FramesHeld"/> + frames in the batch.
/// </remarks>
internal sealed unsafe class Resequencer : IFrameStage, IDisposable
{
    private readonly ReorderWindow _window;
    private readonly CounterTracker _tracker;

    /// <summary>Bytes from the counter to the frame.</summary>
    private readonly int _counterDistance;

    /// <param name="options">The header's layout, the window and its numbers.</param>
    public Resequencer(L2tpv3Options options)
    {
        HeaderLayout layout = HeaderLayout.ForReceive(options);
        _counterDistance = layout.HeaderLength - layout.CounterOffset;
        _window = new ReorderWindow(options.ReorderHoldMilliseconds);
        _tracker = new CounterTracker(options, _window);
    }

    /// <summary>What the received counters tell.</summary>
    public CounterStatistics CounterStatistics => _tracker.Statistics;

    /// <summary>Frames held back now, to be delivered later.</summary>
    public int FramesHeld => _window.Frames;

    /// <summary>When the first of the frames held back must go.</summary>
    public long Due => _window.Due;

    /// <summary>Whether the options ask for one.</summary>
    public static bool IsWanted(L2tpv3Options options) => options.Counter && options.ReorderWindow > 0;

    /// <summary>Every frame that is held may come out of one batch, in one piece behind an empty header.</summary>
    public BatchRoom Reserve(BatchRoom room) => new(ReorderWindow.MaxFrames, 2 * ReorderWindow.MaxFrames);

    /// <summary>Decides about what was not dropped before, and lets go what is due.</summary>
    public void Apply(FrameBatch batch, long now)
    {
        _window.Begin(batch);
        int count = batch.Count;
        for (int i = 0; i < count; i++)
        {
            bool isHeld = false;
            if (batch[i].Verdict == FrameVerdict.Accept)
            {
                FrameVerdict verdict = Place(batch, i, now, out isHeld);
                if (verdict != FrameVerdict.Accept)
                    batch.Drop(i, verdict);
            }

            if (!_window.IsReordering)
                continue;
            if (!isHeld)
                _window.Pass(i);
            _tracker.LetGoNext();
        }

        _tracker.Expire(now);
        _window.End();
    }

    /// <summary>Frees the frames that are held back.</summary>
    public void Dispose() => _window.Dispose();

    private FrameVerdict Place(FrameBatch batch, int index, long now, out bool isHeld)
    {
        isHeld = false;
        byte* frame = batch.DataOf(index)->Base;
        int length = batch[index].Length;
        uint word = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(frame - _counterDistance));
        uint fingerprint = FrameFingerprint.Of(frame, length);
        FrameVerdict verdict = FrameVerdict.Accept;
        if (!_tracker.TryTakeNext(word, fingerprint, now))
        {
            var packet = new Packet { Word = word, Now = now, Fingerprint = fingerprint, Length = length, Index = index };
            Arrival arrival = _tracker.Place(packet);
            if (arrival == Arrival.Vccv)
                return FrameVerdict.VccvPacket;
            isHeld = arrival == Arrival.Hold && length > 0;
            verdict = arrival switch
            {
                Arrival.Duplicate => FrameVerdict.Duplicate,
                Arrival.Late => FrameVerdict.Late,
                _ => FrameVerdict.Accept,
            };
        }

        // Only now: a number that came without a frame is not a lost one.
        return length == 0 ? FrameVerdict.EmptyFrame : verdict;
    }
}
