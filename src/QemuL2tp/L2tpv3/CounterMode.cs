namespace QemuL2tp.L2tpv3;

/// <summary>What the newest received counter words look like. Nothing in the protocol tells; a peer may change it at any time.</summary>
public enum CounterMode
{
    /// <summary>Nothing recognised yet.</summary>
    Unknown,

    /// <summary>A constant word, normally 0, S bit clear: QEMU's <c>pincounter</c>, Linux without <c>seq send</c>, VPP.</summary>
    Unsequenced,

    /// <summary><c>0x40nnnnnn</c>: S bit and a number modulo 2^24 that begins with 0 (RFC 3931, 4.6).</summary>
    Rfc3931,

    /// <summary>A plain number modulo 2^32 that begins with 1: QEMU and UML with <c>counter</c>.</summary>
    Plain,
}
