namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>Where a ring is, as SET_VRING_ADDR says; addresses in QEMU's process.</summary>
/// <param name="Desc">Descriptor table (split) or descriptor ring (packed).</param>
/// <param name="Avail">Available ring (split) or driver event suppression (packed).</param>
/// <param name="Used">Used ring (split) or device event suppression (packed).</param>
/// <param name="IsLogged">Writes into the ring are to be logged (flag bit 0).</param>
/// <param name="Log">Guest physical address under which the used ring of a split ring is logged.</param>
internal readonly record struct RingAddresses(ulong Desc, ulong Avail, ulong Used, bool IsLogged, ulong Log);
