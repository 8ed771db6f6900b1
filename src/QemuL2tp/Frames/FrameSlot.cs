namespace QemuL2tp.Frames;

/// <summary>One frame of a <see cref="FrameBatch"/>: where its fragments are and what is known about it.</summary>
internal struct FrameSlot
{
    /// <summary>A token in place of the source's: the frame was held back, and came from the peer.</summary>
    public const nuint FromPeer = int.MaxValue - 1;

    /// <summary>A token in place of the source's: who sent the frame is not known.</summary>
    public const nuint FromUnknown = int.MaxValue;

    /// <summary>Nothing of what the source put in is in this frame: it was held back, and has memory of a stage.</summary>
    internal const ushort NoOrigin = ushort.MaxValue;

    /// <summary>Bytes in all data fragments; the header fragment is not counted.</summary>
    public int Length;

    /// <summary>Index of the header fragment. Data fragments follow it.</summary>
    public int FirstFragment;

    /// <summary>Data fragments; the header fragment is not counted.</summary>
    public int FragmentCount;

    /// <summary>Bytes in front of the first data fragment that may be overwritten: the header that was there.</summary>
    public int Headroom;

    /// <summary><see cref="FrameVerdict.Accept"/>, or why sinks skip this frame.</summary>
    public FrameVerdict Verdict;

    /// <summary>The datagram came from another address or port than the configured peer's.</summary>
    public bool IsForeign;

    /// <summary>What is known of its checksum, and whether it is several segments in one.</summary>
    public OffloadState Offload;

    /// <summary>The first and the last of what the source put in that this frame may be made of. Kept from the first stage on that shapes the batch.</summary>
    internal ushort FirstOrigin;

    /// <inheritdoc cref="FirstOrigin"/>
    internal ushort LastOrigin;

    /// <summary>Further frames that were joined to this one; each counts where this one is counted.</summary>
    internal ushort Joined;

    /// <summary>The source's own mark, for its <see cref="IFrameSource.Complete"/> and for who sent it.</summary>
    public nuint Token;
}
