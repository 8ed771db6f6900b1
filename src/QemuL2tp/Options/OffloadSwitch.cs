namespace QemuL2tp.Options;

/// <summary>Whether the kernel is asked to handle several datagrams as one (<c>x-gso</c>, <c>x-gro</c>).</summary>
public enum OffloadSwitch
{
    /// <summary>Where the kernel can.</summary>
    Auto,

    /// <summary>It must be able to at the start.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}
