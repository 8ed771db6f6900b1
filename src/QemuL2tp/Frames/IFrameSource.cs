namespace QemuL2tp.Frames;

/// <summary>Where frames come from. Called once per batch, never per frame.</summary>
public interface IFrameSource
{
    /// <summary>Adds frames to an empty batch without waiting; their memory stays valid until <see cref="Complete"/>.</summary>
    /// <returns>True when more may be there: fill again without waiting.</returns>
    bool Fill(FrameBatch batch);

    /// <summary>The oldest <paramref name="taken"/> frames of the batch are done with, sent or dropped.</summary>
    void Complete(FrameBatch batch, int taken);
}
