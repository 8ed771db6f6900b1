namespace QemuL2tp.Datagrams;

/// <summary>Whether an offload of the kernel's UDP is used.</summary>
internal enum OffloadMode
{
    /// <summary>It is not.</summary>
    Off,

    /// <summary>It is.</summary>
    On,

    /// <summary>It was, until the kernel or the device refused; it is tried again.</summary>
    Refused,
}

/// <summary>How an offload of the kernel's UDP stands.</summary>
/// <param name="Mode">Whether it is used.</param>
/// <param name="Reason">Why not, for a person; null while it is.</param>
internal readonly record struct OffloadStatus(OffloadMode Mode, string? Reason = null);
