using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport.Stages;

/// <summary>Makes one frame of three that follow one another in a batch.</summary>
internal sealed class JoinThree : IFrameStage
{
    /// <summary>All pieces once more: those of a frame must lie side by side.</summary>
    public BatchRoom Reserve(BatchRoom room) => new(0, room.Fragments / 2);

    public void Apply(FrameBatch batch, long now)
    {
        batch.BeginShape();
        int joined = 3;
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch[i].Verdict != FrameVerdict.Accept)
            {
                batch.Keep(i);
                joined = 3;
            }
            else if (joined < 3 && batch.TryJoin(i))
            {
                joined++;
            }
            else
            {
                batch.Keep(i);
                joined = 1;
            }
        }

        batch.EndShape();
    }
}
