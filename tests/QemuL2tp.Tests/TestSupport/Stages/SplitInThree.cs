using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport.Stages;

/// <summary>Makes three frames of each that has three bytes or more.</summary>
internal sealed class SplitInThree : IFrameStage
{
    /// <summary>Three slots for each frame; beside the frame's own pieces three times as many, headers included.</summary>
    public BatchRoom Reserve(BatchRoom room) => room - new BatchRoom(room.Slots / 3, room.Fragments / 4);

    public void Apply(FrameBatch batch, long now)
    {
        batch.BeginShape();
        for (int i = 0; i < batch.Count; i++)
        {
            int length = batch[i].Length;
            if (batch[i].Verdict != FrameVerdict.Accept || length < 3)
            {
                batch.Keep(i);
                continue;
            }

            int third = length / 3;
            batch.Split(i, 0, third);
            batch.Split(i, third, third);
            batch.Split(i, 2 * third, length - (2 * third));
        }

        batch.EndShape();
    }
}
