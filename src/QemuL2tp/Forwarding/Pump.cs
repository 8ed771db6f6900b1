using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>What a pump waits for.</summary>
internal enum PumpState
{
    /// <summary>The source has no more for now.</summary>
    SourceEmpty,

    /// <summary>The source filled the batch and may have more: run again without waiting.</summary>
    MoreWork,

    /// <summary>The sink did not take all; the rest is held until the sink is writable.</summary>
    SinkFull,
}

/// <summary>Moves the frames of one direction: fill, transform, accept, complete.</summary>
internal sealed class Pump(IFrameSource source, StageList stages, IFrameSink sink, FrameBatch batch)
{
    private volatile bool _isLinkUp = true;

    /// <summary>While false everything is dropped as <see cref="FrameVerdict.LinkDown"/>. Set by any thread.</summary>
    public bool IsLinkUp
    {
        get => _isLinkUp;
        set => _isLinkUp = value;
    }

    /// <summary>Frames wait here for the sink; the source is not read meanwhile.</summary>
    public bool IsHolding => !batch.IsEmpty;

    /// <summary>When to run even without new frames, as <see cref="IFrameStage.Due"/>.</summary>
    public long Due => stages.Due;

    /// <summary>Moves at most one batch and says what to wait for.</summary>
    public PumpState RunOnce()
    {
        bool mayHaveMore = true;
        if (batch.IsEmpty)
        {
            mayHaveMore = source.Fill(batch);
            long now = Environment.TickCount64;
            if (batch.IsEmpty && now < stages.Due)
                return mayHaveMore ? PumpState.MoreWork : PumpState.SourceEmpty;
            stages.Apply(batch, now, _isLinkUp);
        }

        int taken = sink.Accept(batch);
        source.Complete(batch, batch.DoneWith(taken));
        batch.RemoveFirst(taken);
        if (!batch.IsEmpty)
            return PumpState.SinkFull;
        return mayHaveMore ? PumpState.MoreWork : PumpState.SourceEmpty;
    }
}
