namespace QemuL2tp.L2tpv3;

/// <summary>A frame in the <see cref="ReorderWindow"/>, or the place of a packet that came without one.</summary>
internal unsafe struct HeldFrame
{
    public uint Number;
    public uint Fingerprint;

    /// <summary>When it must go at the latest.</summary>
    public long Due;

    /// <inheritdoc cref="Frames.FrameSlot.IsForeign"/>
    public bool IsForeign;

    /// <summary>Bytes; 0: no frame.</summary>
    public int Length;

    /// <summary>Where it still is in the batch, while <see cref="Data"/> is null.</summary>
    public int Index;

    /// <summary>The copy, from the end of the turn in which it came.</summary>
    public byte* Data;
}
