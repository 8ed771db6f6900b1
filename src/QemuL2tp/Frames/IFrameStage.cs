namespace QemuL2tp.Frames;

/// <summary>
/// What happens to a batch between source and sink. A direction has a list of stages, in a fixed order; one that is switched off is
/// not on it. A stage may drop frames, and shape the batch (<see cref="FrameBatch.BeginShape"/>): take frames out to put copies of
/// them into a later batch, in any order, duplicate, split and join them.
/// </summary>
internal interface IFrameStage
{
    /// <summary>
    /// When <see cref="Apply"/> must be called even without new frames, on the clock of <see cref="Environment.TickCount64"/>;
    /// <see cref="long.MaxValue"/>: never.
    /// </summary>
    long Due => long.MaxValue;

    /// <summary>What the stage needs for frames and pieces that it adds to a batch. Asked once, when the list is made.</summary>
    /// <param name="room">What there is for the frames that come to it and for its own.</param>
    /// <returns>Its part of that; no source and no stage before it puts anything there.</returns>
    BatchRoom Reserve(BatchRoom room) => default;

    /// <summary>Transforms a batch, once. It may be empty when a stage of the list is due.</summary>
    /// <param name="batch">The frames; some may be dropped already, and are left as they are.</param>
    /// <param name="now">The present <see cref="Environment.TickCount64"/>, in milliseconds.</param>
    void Apply(FrameBatch batch, long now);
}
