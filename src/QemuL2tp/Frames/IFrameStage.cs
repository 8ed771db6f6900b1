namespace QemuL2tp.Frames;

/// <summary>What happens to a batch between source and sink: encapsulation or decapsulation.</summary>
public interface IFrameStage
{
    /// <summary>
    /// When <see cref="Apply"/> must be called even without new frames, on the clock of <see cref="Environment.TickCount64"/>;
    /// <see cref="long.MaxValue"/>: never.
    /// </summary>
    long Due => long.MaxValue;

    /// <summary>Transforms a batch, once. It may be empty when <see cref="Due"/> has come.</summary>
    /// <param name="batch">The frames; some may be dropped, held back, or joined by frames held back before.</param>
    /// <param name="now">The present <see cref="Environment.TickCount64"/>, in milliseconds.</param>
    void Apply(FrameBatch batch, long now);
}
