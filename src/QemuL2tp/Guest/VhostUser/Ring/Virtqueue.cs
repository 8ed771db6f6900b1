using System.Runtime.CompilerServices;
using QemuL2tp.Guest.VhostUser.Memory;

namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>What <see cref="Virtqueue.TryTake"/> found.</summary>
internal enum TakeResult
{
    Taken,

    /// <summary>The driver has made nothing (more) available.</summary>
    Empty,

    /// <summary>The ring breaks the rules; <see cref="Virtqueue.Fault"/> says which. Nothing more can be taken from it.</summary>
    Broken,
}

/// <summary>
/// The device's side of one virtqueue in guest memory (virtio 1.3, 2.7 split and 2.8 packed). Nothing the driver wrote is
/// read twice or believed unchecked. Buffers are returned in the order in which they were taken.
/// </summary>
internal abstract unsafe class Virtqueue
{
    /// <summary>Most bytes of a chain (2.7.5.1).</summary>
    private const ulong MaxChainLength = 1UL << 32;

    private readonly GuestMemory _memory;
    private readonly bool _hasIndirect;

    /// <summary>What a descriptor's WRITE flag must be.</summary>
    private readonly ushort _direction;

    /// <summary>The driver was not called for what was published last.</summary>
    private bool _isSilent;

    protected Virtqueue(GuestMemory memory, uint size, bool isReceive, ulong features)
    {
        _memory = memory;
        Size = size;
        _direction = isReceive ? Descriptor.Write : (ushort)0;
        _hasIndirect = (features & Features.IndirectDescriptors) != 0;
        HasEventIndex = (features & Features.EventIndex) != 0;
    }

    /// <summary>Set when a <see cref="TakeResult.Broken"/> was answered, or the ring cannot be where it was put.</summary>
    public RingFault Fault { get; private set; }

    /// <summary>Where writes into the ring itself are to be marked; null while nobody migrates.</summary>
    public DirtyLog? Log { get; set; }

    protected uint Size { get; }

    /// <summary>The device writes to the buffers.</summary>
    protected bool IsReceive => _direction != 0;

    protected bool HasEventIndex { get; }

    /// <summary>Finds the ring in memory, before anything else and again when its addresses or the memory have changed.</summary>
    /// <returns>Null, or why not. Then, and with a <see cref="Fault"/> (a part to be written to may only be read), it is where it was.</returns>
    public abstract string? Map(in RingAddresses addresses);

    /// <summary>Keeps no pointer into guest memory. Everything returned must have been published.</summary>
    public abstract void Unmap();

    /// <summary>Begins to take and return buffers there, once mapped. One that does not fit is a <see cref="Fault"/>, and <see cref="Base"/> is one that does.</summary>
    /// <param name="value">Of SET_VRING_BASE; null when that was not sent.</param>
    public abstract void SetBase(uint? value);

    /// <summary>
    /// Takes the next available buffer. On a receive queue every piece is marked as writable, on a transmit queue none, except in
    /// packed tables; anything else is a fault.
    /// </summary>
    public abstract TakeResult TryTake(BufferChain chain);

    /// <summary>Nothing is available at <see cref="Position"/>. From any thread, as long as the ring is mapped.</summary>
    public abstract bool IsEmpty { get; }

    /// <summary>It is where a new ring begins. From any thread.</summary>
    public abstract bool IsAtBeginning { get; }

    /// <summary>Where the next buffer will be taken. Setting it to what it was gives back all that was taken since and not returned.</summary>
    public abstract uint Position { get; set; }

    /// <summary>Puts the oldest buffer taken and not yet returned into the used ring, where the driver sees it after <see cref="Publish"/>.</summary>
    /// <param name="id">The chain's <see cref="BufferChain.Id"/>.</param>
    /// <param name="slots">The chain's <see cref="BufferChain.Slots"/>.</param>
    /// <param name="written">Bytes written to it.</param>
    public abstract void Return(ushort id, ushort slots, uint written);

    /// <summary>Makes everything returned since the last time visible to the driver at once.</summary>
    /// <returns>True when the driver wants to be called.</returns>
    public abstract bool Publish();

    /// <summary>
    /// Whether the driver turns out to wait for something that it was not called for when that was published. From then on it
    /// counts as called.
    /// </summary>
    public bool OwesCall() => _isSilent && DecideCall(Size);

    /// <summary>
    /// Asks the driver to kick when it makes a buffer available at <see cref="Position"/>. Whoever found too few buffers and is
    /// about to give them back calls it before that, to be kicked for the one after them.
    /// </summary>
    /// <returns>True when one is available already, so that no kick may come.</returns>
    public abstract bool EnableKicks();

    /// <summary>Tells the driver that kicks are not needed for now.</summary>
    public abstract void DisableKicks();

    /// <summary>What GET_VRING_BASE answers: the first buffer that was not returned (vhost-user, "Vring base"), once all that was taken is returned or given back.</summary>
    public abstract uint Base { get; }

    /// <summary>Whether the driver asks to be called for one of the entries published last.</summary>
    /// <param name="published">How many; it never waits for one that lies farther back than the queue size.</param>
    protected abstract bool WantsCall(uint published);

    /// <summary>Decides, after a full barrier behind what was published, whether the driver is called.</summary>
    /// <inheritdoc cref="WantsCall" path="/param"/>
    protected bool DecideCall(uint published)
    {
        bool wantsCall = WantsCall(published);
        _isSilent = !wantsCall;
        return wantsCall;
    }

    /// <summary>True when an index moved from <paramref name="old"/> to <paramref name="now"/> past the one that the other side waits for (2.7.10).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static bool IsPast(ushort waitedFor, ushort now, ushort old) => (ushort)(now - waitedFor - 1) < (ushort)(now - old);

    [MethodImpl(MethodImplOptions.NoInlining)]
    protected TakeResult Break(RingFault fault)
    {
        Fault = fault;
        return TakeResult.Broken;
    }

    /// <summary>A part of the ring in this process.</summary>
    /// <param name="part">Its name, for the text.</param>
    /// <param name="userAddress">Its address in QEMU's process.</param>
    /// <param name="length">Its bytes; they must lie in one region.</param>
    /// <param name="alignment">What the address must be a multiple of (2.7, 2.8.10.1).</param>
    /// <param name="reason">Why not, when the result is null.</param>
    /// <param name="guestAddress">Its guest physical address.</param>
    /// <param name="isWritable">Whether the device may write there.</param>
    protected byte* Find(string part, ulong userAddress, uint length, uint alignment, ref string? reason, out ulong guestAddress, out bool isWritable)
    {
        guestAddress = 0;
        isWritable = false;
        if (userAddress % alignment != 0)
        {
            reason ??= $"the {part} at 0x{userAddress:x} is not aligned to {alignment} bytes";
            return null;
        }

        byte* host = _memory.FromUserAddress(userAddress, length, out guestAddress, out isWritable);
        if (host == null)
            reason ??= $"the {part} at 0x{userAddress:x}, {length} bytes, is not in one memory region";
        return host;
    }

    /// <summary>Adds what a descriptor points to, if its direction is the ring's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected RingFault AddBuffer(BufferChain chain, in Descriptor descriptor) =>
        (descriptor.Flags & Descriptor.Write) == _direction ? AddBytes(chain, descriptor) : RingFault.WrongDirection;

    /// <summary>Adds what a descriptor points to, whatever its flags say.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected RingFault AddBytes(BufferChain chain, in Descriptor descriptor)
    {
        if (descriptor.Length == 0)
            return RingFault.None;
        uint found = _memory.Translate(descriptor.Address, descriptor.Length, out byte* host);
        if (found != descriptor.Length || chain.Count == BufferChain.MaxPieces)
            return AddInPieces(chain, descriptor.Address, descriptor.Length);
        chain.Add(host, found, descriptor.Address);
        if (_memory.HasReadOnly)
            CheckWritable(chain, descriptor.Address);
        return RingFault.None;
    }

    /// <summary>The end of a chain, when all its descriptors were sound.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static RingFault CheckLength(BufferChain chain) =>
        chain.Length > MaxChainLength ? RingFault.ChainTooLong : RingFault.None;

    /// <summary>Finds an indirect table.</summary>
    /// <param name="chain">Where a table that crosses regions is copied to.</param>
    /// <param name="descriptor">What points to it.</param>
    /// <param name="table">The table, or its copy.</param>
    /// <param name="entries">Its descriptors, 1 up to the queue size.</param>
    protected RingFault FindTable(BufferChain chain, in Descriptor descriptor, out byte* table, out uint entries)
    {
        table = null;
        entries = descriptor.Length / Descriptor.Size;
        if (!_hasIndirect || (descriptor.Flags & Descriptor.Next) != 0)
            return RingFault.UnexpectedIndirect;
        if (descriptor.Length % Descriptor.Size != 0 || entries == 0 || entries > Size)
            return RingFault.BadIndirectLength;
        if (_memory.Translate(descriptor.Address, descriptor.Length, out table) == descriptor.Length)
            return RingFault.None;
        table = chain.TableCopy;
        return CopyTable(table, descriptor.Address, descriptor.Length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckWritable(BufferChain chain, ulong guestAddress) =>
        chain.IsReadOnly |= IsReceive && !_memory.IsWritable(guestAddress);

    private RingFault AddInPieces(BufferChain chain, ulong address, uint length)
    {
        while (length > 0)
        {
            uint found = _memory.Translate(address, length, out byte* host);
            if (found == 0)
                return RingFault.BadAddress;
            if (chain.Count == BufferChain.MaxPieces)
                return RingFault.ChainTooLong;
            chain.Add(host, found, address);
            CheckWritable(chain, address);
            // An address that wraps around is in no region.
            address += found;
            length -= found;
        }

        return RingFault.None;
    }

    private RingFault CopyTable(byte* to, ulong address, uint length)
    {
        while (length > 0)
        {
            uint found = _memory.Translate(address, length, out byte* host);
            if (found == 0)
                return RingFault.BadAddress;
            Unsafe.CopyBlockUnaligned(to, host, found);
            to += found;
            address += found;
            length -= found;
        }

        return RingFault.None;
    }
}
