namespace QemuL2tp.Packets;

/// <summary>A frame that was offered, and what has become of it.</summary>
internal unsafe struct CoalescedFrame
{
    /// <summary>No further frame in the group.</summary>
    public const int None = -1;

    public Delivery Delivery;

    /// <summary>Bytes in front of the payload. Known of super-frames and followers, whose frames end with their payload.</summary>
    public int HeaderLength;

    /// <summary>The frame whose payload comes next in the super-frame, or <see cref="None"/>.</summary>
    public int Next;

    /// <summary>Super-frame: how many frames it is made of.</summary>
    public int Count;

    /// <summary>Super-frame: bytes of all payloads.</summary>
    public int PayloadLength;

    /// <summary>Super-frame: bytes of each payload but the last.</summary>
    internal int SegmentSize;

    /// <summary>Super-frame: the TCP flags of the last frame.</summary>
    internal byte LastFlags;

    /// <summary>The headers, where the frame is; null: it is not one that could be merged.</summary>
    internal byte* Start;
    internal PacketHeaders Headers;
}
