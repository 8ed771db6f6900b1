using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>The stages of a direction, in the order in which frames meet them.</summary>
internal sealed class StageList(IEnumerable<IFrameStage> stages)
{
    private readonly IFrameStage[] _stages = [.. stages];

    /// <summary>When the first of them is due without frames, as <see cref="IFrameStage.Due"/>.</summary>
    public long Due
    {
        get
        {
            long due = long.MaxValue;
            foreach (IFrameStage stage in _stages)
                due = Math.Min(due, stage.Due);
            return due;
        }
    }

    /// <summary>What they need together; asked from the last to the first, for what one adds passes through those behind it.</summary>
    /// <param name="room">All there is.</param>
    public BatchRoom Reserve(BatchRoom room)
    {
        BatchRoom left = room;
        for (int i = _stages.Length - 1; i >= 0; i--)
            left -= _stages[i].Reserve(left);
        return room - left;
    }

    /// <summary>
    /// Applies each of them to a batch. While the link is down frames are dropped in front of each, so that no number is given to what
    /// does not leave, and behind the last, for what that had held back.
    /// </summary>
    public void Apply(FrameBatch batch, long now, bool isLinkUp)
    {
        foreach (IFrameStage stage in _stages)
        {
            if (!isLinkUp)
                DropAll(batch);
            stage.Apply(batch, now);
        }

        if (!isLinkUp)
            DropAll(batch);
    }

    private static void DropAll(FrameBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
            batch.Drop(i, FrameVerdict.LinkDown);
    }
}
