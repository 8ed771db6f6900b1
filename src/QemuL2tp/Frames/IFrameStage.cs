namespace QemuL2tp.Frames;

/// <summary>What happens to a batch between source and sink: encapsulation or decapsulation.</summary>
public interface IFrameStage
{
    void Apply(FrameBatch batch);
}
