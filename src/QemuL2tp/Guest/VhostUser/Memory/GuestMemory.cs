namespace QemuL2tp.Guest.VhostUser.Memory;

/// <summary>
/// The guest's memory, mapped. Everything that comes from the guest or from QEMU as an address goes through here; nobody
/// else turns a number into a pointer. Used on the worker's thread only.
/// </summary>
internal sealed unsafe class GuestMemory : IDisposable
{
    /// <summary>Regions at a time; what GET_MAX_MEM_SLOTS answers.</summary>
    public const int MaxRegions = 256;

    /// <summary>Regions at present.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>Maps one more region. An identical region that is there already is replaced (QEMU 7.2 repeats it for each queue pair).</summary>
    /// <param name="region">Checked here: size, overflow, overlap, file length.</param>
    /// <param name="descriptor">Belongs to this method from now on, whatever it returns.</param>
    /// <returns>Null, or why not, as a text that names the values.</returns>
    public string? Add(in MemoryRegion region, int descriptor) => throw new NotImplementedException();

    /// <summary>Unmaps the region with these addresses and this size; the file offset is not compared.</summary>
    /// <returns>False when there is none.</returns>
    public bool Remove(in MemoryRegion region) => throw new NotImplementedException();

    /// <summary>Unmaps everything.</summary>
    public void Clear() => throw new NotImplementedException();

    /// <summary>Finds guest memory.</summary>
    /// <param name="guestAddress">Guest physical address.</param>
    /// <param name="length">Bytes wanted, at least 1.</param>
    /// <param name="host">Where they are in this process.</param>
    /// <returns>How many of them lie in one piece from <paramref name="host"/> on: 1..length; 0 when the address is in no region.</returns>
    public uint Translate(ulong guestAddress, uint length, out byte* host) => throw new NotImplementedException();

    /// <summary>Finds memory by its address in QEMU's process; it must lie in one region as a whole.</summary>
    /// <param name="userAddress">Address in QEMU's process.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="guestAddress">The guest physical address of the same byte, for the dirty log.</param>
    /// <returns>Null when it does not.</returns>
    public byte* FromUserAddress(ulong userAddress, ulong length, out ulong guestAddress) => throw new NotImplementedException();

    /// <summary>
    /// False when a file is shorter now than the region that was mapped from it, so that touching the memory would end
    /// this process (SIGBUS). Costs nothing for files whose seals forbid shrinking; asked before each batch.
    /// </summary>
    public bool IsWhole() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
