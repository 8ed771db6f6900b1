namespace QemuL2tp.L2tpv3;

/// <summary>What <see cref="CounterTracker"/> needs to know of a received packet.</summary>
internal readonly struct Packet
{
    /// <summary>The counter field.</summary>
    public required uint Word { get; init; }

    /// <summary>When it came, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public required long Now { get; init; }

    /// <summary><see cref="FrameFingerprint"/> of the frame; 0 without a window.</summary>
    public uint Fingerprint { get; init; }

    /// <summary>Bytes of the frame; 0: the packet has none.</summary>
    public int Length { get; init; }

    /// <summary>Where the frame is in the batch.</summary>
    public int Index { get; init; }
}
