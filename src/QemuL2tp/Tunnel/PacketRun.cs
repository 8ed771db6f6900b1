using QemuL2tp.Datagrams;

namespace QemuL2tp.Tunnel;

/// <summary>Packets of one session that lie behind each other in a received message and have one length but for the last, which may be shorter.</summary>
internal unsafe struct PacketRun
{
    /// <summary>The first of them.</summary>
    public byte* Data;

    /// <summary>Bytes of all; more than 0.</summary>
    public int Length;

    /// <summary>Bytes of each.</summary>
    public int Step;

    /// <summary>The mark of whoever sent them.</summary>
    public nuint Token;

    /// <inheritdoc cref="Frames.FrameSlot.IsForeign"/>
    public bool IsForeign;

    /// <summary>What they lie in.</summary>
    public ReceiveBuffers Buffers;

    /// <summary>How many they are.</summary>
    public readonly int Count => (Length + Step - 1) / Step;
}
