namespace QemuL2tp.Frames;

/// <summary>One frame of a <see cref="FrameBatch"/>: where its fragments are and what is known about it.</summary>
public struct FrameSlot
{
    /// <summary>A token in place of the source's: the frame was held back, and came from the peer.</summary>
    public const nuint FromPeer = int.MaxValue - 1;

    /// <summary>A token in place of the source's: who sent the frame is not known.</summary>
    public const nuint FromUnknown = int.MaxValue;

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

    /// <summary>Checksum and segmentation that are still to be done.</summary>
    public OffloadInfo Offload;

    /// <summary>The source's own mark, for its <see cref="IFrameSource.Complete"/>.</summary>
    public nuint Token;
}
