namespace QemuL2tp.Frames;

/// <summary>Where frames go. Called once per batch, never per frame.</summary>
internal interface IFrameSink
{
    /// <summary>Takes frames from the front without waiting, skipping those already dropped and dropping those it cannot use.</summary>
    /// <returns>Frames taken, dropped ones included. Fewer than the batch holds means: full, wait until writable.</returns>
    int Accept(FrameBatch batch);
}
