namespace QemuL2tp.Packets;

/// <summary>One contiguous piece of a frame. Same layout as the kernel's <c>iovec</c>: address, then length in bytes.</summary>
internal unsafe struct PacketFragment
{
    public byte* Base;
    public nuint Length;
}
