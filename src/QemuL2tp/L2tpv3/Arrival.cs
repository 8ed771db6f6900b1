namespace QemuL2tp.L2tpv3;

/// <summary>What the number of a packet means for it.</summary>
internal enum Arrival : byte
{
    /// <summary>Its turn has come, or it has no place to wait for.</summary>
    Deliver,

    /// <summary>Numbers before it are waited for; the window has it.</summary>
    Hold,

    /// <summary>It arrived before.</summary>
    Duplicate,

    /// <summary>It is no longer waited for, and late ones are not wanted.</summary>
    Late,

    /// <summary>It is a control packet.</summary>
    Vccv,
}
