namespace QemuL2tp.Packets;

/// <summary>Into what a super-frame is cut.</summary>
internal struct SegmentPlan
{
    /// <summary>Segments, one at least.</summary>
    public int Count;

    /// <summary>Payload bytes of each segment but the last.</summary>
    public int SegmentSize;

    /// <summary>Payload bytes of the last segment; 0 only when it is the single one.</summary>
    public int LastSize;

    /// <summary>Bytes of headers in front of each payload.</summary>
    public int HeaderLength;

    /// <inheritdoc cref="PacketOffload.IsAccurateEcn"/>
    public bool IsAccurateEcn;

    /// <summary>Payload bytes of one segment.</summary>
    /// <param name="index">Which one; 0 is the first.</param>
    public readonly int PayloadOf(int index) => index == Count - 1 ? LastSize : SegmentSize;
}
