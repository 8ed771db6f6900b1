namespace QemuL2tp.Packets;

/// <summary>What kind of super-frame, as <c>gso_type</c> of <c>virtio_net_hdr</c> says it (virtio 1.3, 5.1.6), without its ECN bit.</summary>
internal enum GsoType : byte
{
    None = 0,

    /// <summary>TCP over IPv4.</summary>
    Tcp4 = 1,

    /// <summary>TCP over IPv6.</summary>
    Tcp6 = 4,

    /// <summary>UDP over either, cut into datagrams (USO).</summary>
    Udp = 5,
}
