namespace QemuL2tp.Frames;

/// <summary>Where frames come from. Called once per batch, never per frame.</summary>
internal interface IFrameSource
{
    /// <summary>Adds frames to an empty batch without waiting; their memory stays valid until <see cref="Complete"/>.</summary>
    /// <returns>True when more may be there: fill again without waiting.</returns>
    bool Fill(FrameBatch batch);

    /// <summary>
    /// The oldest <paramref name="done"/> of those that it has put in are done with: every frame that was made of them was sent, copied
    /// or dropped. In the order in which they were put in; <see cref="FrameBatch.OriginToken"/> has their tokens.
    /// </summary>
    void Complete(FrameBatch batch, int done);
}
