namespace QemuL2tp.Guest.VhostUser.Memory;

/// <summary>A region and where it is mapped.</summary>
internal sealed unsafe class MappedRegion(in MemoryRegion region, MappedFile file) : IDisposable
{
    private readonly byte* _base = file.Base;
    private readonly ulong _guestAddress = region.GuestAddress;
    private readonly ulong _size = region.Size;

    public MemoryRegion Region { get; } = region;

    public MappedFile File { get; } = file;

    /// <summary>False: the device may read it and must not write to it.</summary>
    public bool IsWritable => File.IsWritable;

    public bool Contains(ulong guestAddress) => guestAddress - _guestAddress < _size;

    /// <summary>As <see cref="GuestMemory.Translate"/>, for an address that the region contains.</summary>
    public uint Translate(ulong guestAddress, uint length, out byte* host)
    {
        ulong offset = guestAddress - _guestAddress;
        host = _base + offset;
        return (uint)Math.Min(length, _size - offset);
    }

    /// <summary>As <see cref="GuestMemory.FromUserAddress"/>.</summary>
    public byte* FromUserAddress(ulong userAddress, ulong length, out ulong guestAddress)
    {
        ulong offset = userAddress - Region.UserAddress;
        guestAddress = _guestAddress + offset;
        return offset < _size && length <= _size - offset ? _base + offset : null;
    }

    public void Dispose() => File.Dispose();
}
