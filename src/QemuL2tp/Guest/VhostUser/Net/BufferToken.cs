using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// What a batch remembers of the buffer that its frame is in: id (bits 0-15), slots (16-31), the position it was
/// taken from (32-47), the ring's index (48-55), and where several frames were made of what is in it, whether there is one before (56) and
/// after this one (57).
/// </summary>
internal readonly record struct BufferToken(nuint Value)
{
    /// <summary>A frame that is not the guest's, or whose buffer was given back.</summary>
    public static readonly BufferToken None = new(nuint.MaxValue);

    private const ulong HasBefore = 1UL << 56;
    private const ulong HasAfter = 1UL << 57;

    public BufferToken(BufferChain chain, uint position, int ring)
        : this(chain.Id | ((nuint)chain.Slots << 16) | ((nuint)position << 32) | ((nuint)ring << 48))
    {
    }

    public bool IsBuffer => Value != None.Value;
    public ushort Id => (ushort)Value;
    public ushort Slots => (ushort)(Value >> 16);
    public uint Position => (ushort)(Value >> 32);
    public int Ring => (byte)(Value >> 48);

    /// <summary>The first frame of those in its buffer, or the only one.</summary>
    public bool IsFirst => (Value & HasBefore) == 0;

    /// <summary>The last frame of those in its buffer, or the only one.</summary>
    public bool IsLast => (Value & HasAfter) == 0;

    /// <summary>The token of one of several frames in the same buffer.</summary>
    public BufferToken Of(bool isFirst, bool isLast) => new((nuint)(Value | (isFirst ? 0 : HasBefore) | (isLast ? 0 : HasAfter)));
}
