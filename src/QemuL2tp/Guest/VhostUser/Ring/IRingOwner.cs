namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>Told by the rings, on the thread that serves the ring or while that rests.</summary>
internal interface IRingOwner
{
    /// <summary>
    /// The ring is about to stop, or memory is about to be unmapped: give back every buffer that was taken and not returned
    /// (<see cref="Virtqueue.Position"/>) and keep no pointer into guest memory.
    /// </summary>
    void LetGo(Vring ring);

    /// <summary>The driver has kicked, or may have: the ring has just started, has another kick descriptor, or has none and is to be looked at.</summary>
    void OnKick(Vring ring);

    /// <summary>The ring was started, stopped, enabled, disabled, or broke.</summary>
    void OnChanged(Vring ring);

    /// <summary>The ring would start if there were any guest memory.</summary>
    void OnMemoryMissing();

    /// <summary>The driver broke the rules; the ring is no longer used.</summary>
    void OnBroken(Vring ring, RingFault fault);
}
