using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// What a batch remembers of the buffer that its frame is in: id (bits 0-15), slots (16-31), the position it was
/// taken from (32-47), the ring's index (48-55).
/// </summary>
internal readonly record struct BufferToken(nuint Value)
{
    /// <summary>A frame that is not the guest's, or whose buffer was given back.</summary>
    public static readonly BufferToken None = new(nuint.MaxValue);

    public BufferToken(BufferChain chain, uint position, int ring)
        : this(chain.Id | ((nuint)chain.Slots << 16) | ((nuint)position << 32) | ((nuint)ring << 48))
    {
    }

    public bool IsBuffer => Value != None.Value;
    public ushort Id => (ushort)Value;
    public ushort Slots => (ushort)(Value >> 16);
    public uint Position => (ushort)(Value >> 32);
    public int Ring => (int)(Value >> 48);
}
