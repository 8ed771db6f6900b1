namespace QemuL2tp.Packets;

/// <summary>How a frame that was offered to the <see cref="Coalescer"/> is to be delivered.</summary>
internal enum Delivery : byte
{
    /// <summary>As it came.</summary>
    AsItIs,

    /// <summary>As it came, and its transport checksum is known to be right (DATA_VALID).</summary>
    Verified,

    /// <summary>As a super-frame: the header from <see cref="Coalescer.WriteHeader"/>, its own payload, and that of its followers.</summary>
    SuperFrame,

    /// <summary>Its payload follows that of another frame, which comes before it; on its own it is not delivered.</summary>
    Follower,
}
