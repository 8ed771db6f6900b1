namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>What <see cref="Virtqueue.TryTake"/> found.</summary>
internal enum TakeResult
{
    Taken,

    /// <summary>The driver has made nothing (more) available.</summary>
    Empty,

    /// <summary>The ring breaks the rules; <see cref="Virtqueue.Fault"/> says which. Nothing more can be done with it.</summary>
    Broken,
}

/// <summary>
/// The device's side of one virtqueue in guest memory (virtio 1.3, 2.7 split and 2.8 packed). Nothing the driver wrote is
/// read twice or believed unchecked. Buffers are returned in the order in which they were taken.
/// </summary>
internal abstract unsafe class Virtqueue
{
    /// <summary>Set when a <see cref="TakeResult.Broken"/> was answered.</summary>
    public RingFault Fault { get; protected set; }

    /// <summary>Where writes into the ring itself are to be marked; null while nobody migrates.</summary>
    public Memory.DirtyLog? Log { get; set; }

    /// <summary>
    /// Takes the next available buffer. On a receive queue every piece is writable, on a transmit queue none; anything else
    /// is a fault.
    /// </summary>
    public abstract TakeResult TryTake(BufferChain chain);

    /// <summary>Where the next buffer will be taken. Setting it to what it was gives back all that was taken since and not returned.</summary>
    public abstract uint Position { get; set; }

    /// <summary>Puts the oldest buffer taken and not yet returned into the used ring, where the driver sees it after <see cref="Publish"/>.</summary>
    /// <param name="id">The chain's <see cref="BufferChain.Id"/>.</param>
    /// <param name="slots">The chain's <see cref="BufferChain.Slots"/>.</param>
    /// <param name="written">Bytes written to it.</param>
    public abstract void Return(ushort id, ushort slots, uint written);

    /// <summary>Makes everything returned since the last time visible to the driver at once.</summary>
    /// <returns>True when the driver wants to be called.</returns>
    public abstract bool Publish();

    /// <summary>Asks the driver to kick when it makes a buffer available.</summary>
    /// <returns>True when one is available already, so that no kick may come.</returns>
    public abstract bool EnableKicks();

    /// <summary>Tells the driver that kicks are not needed for now.</summary>
    public abstract void DisableKicks();

    /// <summary>What GET_VRING_BASE answers: the first buffer that was not returned (vhost-user, "Vring base"), once all that was taken is returned or given back.</summary>
    public abstract uint Base { get; }
}
