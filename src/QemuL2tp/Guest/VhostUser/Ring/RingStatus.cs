namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>Whether a ring is used.</summary>
internal enum RingState
{
    /// <summary>Not started, or stopped.</summary>
    Stopped,

    /// <summary>Started, not enabled.</summary>
    Disabled,

    /// <summary>Started and enabled.</summary>
    Running,

    /// <summary>Left alone until it is started again; <see cref="RingStatus.Fault"/> says why.</summary>
    Broken,
}

/// <summary>A ring as it is now, for a person.</summary>
/// <param name="Index">As in <see cref="Vring.Index"/>.</param>
/// <param name="IsReceive">The guest receives by it.</param>
/// <param name="State">Whether it is used.</param>
/// <param name="Fault">The rule that was broken.</param>
/// <param name="Size">Entries.</param>
/// <param name="IsPacked">In the form of virtio 1.3, 2.8; else that of 2.7.</param>
/// <param name="Kicks">Since it was started.</param>
internal readonly record struct RingStatus(int Index, bool IsReceive, RingState State, RingFault Fault, uint Size, bool IsPacked, ulong Kicks);
