namespace QemuL2tp.Guest.Stream;

/// <summary>Why a connection to QEMU ends.</summary>
internal enum ConnectionEnd
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>QEMU closed it or is gone.</summary>
    PeerClosed,

    /// <summary>A record length above <see cref="RecordReader.MaxFrameLength"/>: what follows cannot be understood.</summary>
    BadLength,
}
