namespace QemuL2tp.Packets;

/// <summary>The kinds of super-frames that a guest takes.</summary>
[Flags]
internal enum GsoTypes
{
    None = 0,

    /// <summary>GUEST_TSO4.</summary>
    Tcp4 = 1,

    /// <summary>GUEST_TSO6.</summary>
    Tcp6 = 2,

    /// <summary>GUEST_USO4.</summary>
    Udp4 = 4,

    /// <summary>GUEST_USO6.</summary>
    Udp6 = 8,
}
