namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>The rule of the virtio specification that a driver, or the front end for it, broke. Its name is the log text and the test case.</summary>
internal enum RingFault
{
    None,

    /// <summary>The available index is ahead by more than the queue size (2.7.6).</summary>
    AvailableIndexTooFar,

    /// <summary>A chain begins beyond the queue size.</summary>
    HeadOutOfRange,

    /// <summary>A descriptor's next field points beyond its table.</summary>
    NextOutOfRange,

    /// <summary>A chain has more descriptors than its table, so it is a loop, or more than 2^32 bytes (2.7.5.1).</summary>
    ChainTooLong,

    /// <summary>An indirect table inside of an indirect table (2.7.5.3).</summary>
    NestedIndirect,

    /// <summary>INDIRECT together with NEXT, or without the feature (2.7.5.3).</summary>
    UnexpectedIndirect,

    /// <summary>An indirect table of no entries, of more than the queue size, or whose length is no multiple of 16.</summary>
    BadIndirectLength,

    /// <summary>A descriptor or an indirect table points outside of the guest's memory, or the ring itself is there no longer.</summary>
    BadAddress,

    /// <summary>A writable buffer on a transmit queue, or a readable one on a receive queue.</summary>
    WrongDirection,

    /// <summary>A receive buffer too small for the virtio-net header.</summary>
    BufferTooSmall,

    /// <summary>A receive buffer, or a part of the ring that the device writes to, in memory that may only be read.</summary>
    ReadOnlyMemory,

    /// <summary>The front end's SET_VRING_BASE is beyond the available index (split) or the queue size (packed).</summary>
    BaseOutOfRange,
}
