namespace QemuL2tp.Guest.VhostUser.Memory;

/// <summary>
/// The guest's memory, mapped. Everything that comes from the guest or from QEMU as an address goes through here; nobody
/// else turns a number into a pointer. Looked up by both directions at a time; changed while the sink's thread rests.
/// </summary>
internal sealed unsafe class GuestMemory : IDisposable
{
    /// <summary>Regions at a time; what GET_MAX_MEM_SLOTS answers.</summary>
    public const int MaxRegions = 256;

    /// <summary>
    /// What <see cref="IsBlank"/> may cost, for frames wait for it: to ask where pages are in 512 MiB, or to read 1024 pages. Either takes
    /// some milliseconds. Where a guest begins, in the lowest memory, there always is something.
    /// </summary>
    private const int LookBudget = 1024 * MappedFile.CostOfReading;

    /// <summary>In the order of their guest addresses.</summary>
    private readonly List<MappedRegion> _regions = [];

    /// <summary>Files that may become shorter.</summary>
    private readonly List<MappedFile> _unsealed = [];

    private MappedRegion? _lastHit;

    /// <summary>Regions at present.</summary>
    public int Count => _regions.Count;

    /// <summary>Some region may only be read.</summary>
    public bool HasReadOnly { get; private set; }

    /// <summary>
    /// Maps one more region. One with the same addresses and size that is there already is kept when it is of the same
    /// piece of the same file (QEMU 7.2 repeats it for each queue pair), and replaced when not.
    /// </summary>
    /// <param name="region">Checked here: size, overflow, overlap, file length.</param>
    /// <param name="descriptor">Belongs to this method from now on, whatever it returns.</param>
    /// <returns>Null, or why not, as a text that names the values.</returns>
    public string? Add(in MemoryRegion region, int descriptor)
    {
        MappedFile? file = MappedFile.TryMap(region.FileOffset, region.Size, descriptor, out string? reason);
        if (file is null)
            return reason;
        MappedRegion? same = Find(region);
        if (same is not null && same.Region == region && same.IsWritable == file.IsWritable && same.File.IsSameFile(file))
        {
            file.Dispose();
            return null;
        }

        reason = Check(region, same);
        if (reason is not null)
        {
            file.Dispose();
            return reason;
        }

        if (same is not null)
            Remove(same);
        Insert(new MappedRegion(region, file));
        return null;
    }

    /// <summary>Unmaps the region with these addresses and this size; the file offset is not compared (QEMU sends 0).</summary>
    /// <returns>False when there is none.</returns>
    public bool Remove(in MemoryRegion region)
    {
        MappedRegion? same = Find(region);
        if (same is null)
            return false;
        Remove(same);
        return true;
    }

    /// <summary>Unmaps everything.</summary>
    public void Clear()
    {
        foreach (MappedRegion region in _regions)
            region.Dispose();
        _regions.Clear();
        _unsealed.Clear();
        _lastHit = null;
        HasReadOnly = false;
    }

    /// <summary>Finds guest memory.</summary>
    /// <param name="guestAddress">Guest physical address.</param>
    /// <param name="length">Bytes wanted, at least 1.</param>
    /// <param name="host">Where they are in this process.</param>
    /// <returns>How many of them lie in one piece from <paramref name="host"/> on: 1..length; 0 when the address is in no region.</returns>
    public uint Translate(ulong guestAddress, uint length, out byte* host)
    {
        if (_lastHit is { } hit && hit.Contains(guestAddress))
            return hit.Translate(guestAddress, length, out host);
        if (RegionAt(guestAddress) is { } region)
        {
            _lastHit = region;
            return region.Translate(guestAddress, length, out host);
        }

        host = null;
        return 0;
    }

    /// <summary>Whether the device may write at this guest physical address.</summary>
    public bool IsWritable(ulong guestAddress) => RegionAt(guestAddress) is { IsWritable: true };

    /// <summary>Finds memory by its address in QEMU's process; it must lie in one region as a whole.</summary>
    /// <param name="userAddress">Address in QEMU's process.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="guestAddress">The guest physical address of the same byte, for the dirty log.</param>
    /// <param name="isWritable">Whether the device may write there.</param>
    /// <returns>Null when it does not.</returns>
    public byte* FromUserAddress(ulong userAddress, ulong length, out ulong guestAddress, out bool isWritable)
    {
        foreach (MappedRegion region in _regions)
        {
            byte* host = region.FromUserAddress(userAddress, length, out guestAddress);
            isWritable = region.IsWritable;
            if (host != null)
                return host;
        }

        guestAddress = 0;
        isWritable = false;
        return null;
    }

    /// <summary>
    /// False when a file is shorter now than the region that was mapped from it, so that touching the memory would end
    /// this process (SIGBUS). Costs nothing for files whose seals forbid shrinking; asked before each batch.
    /// </summary>
    public bool IsWhole()
    {
        foreach (MappedFile file in _unsealed)
        {
            if (!file.IsWhole())
                return false;
        }

        return true;
    }

    /// <summary>
    /// Whether nothing but zeros is in the memory that the device may write to, so far as the kernel has it at hand: nobody has
    /// written to it. Looks from the lowest addresses on, as far as <see cref="LookBudget"/> goes, and makes no page where there was none.
    /// </summary>
    public bool IsBlank()
    {
        int left = LookBudget;
        foreach (MappedRegion region in _regions)
        {
            if (region.IsWritable && !region.File.IsBlank(region.Region.Size, ref left))
                return false;
        }

        return true;
    }

    public void Dispose() => Clear();

    /// <returns>Null, or why the region cannot be there beside the others; <paramref name="replaced"/> is not one of them.</returns>
    private string? Check(in MemoryRegion region, MappedRegion? replaced)
    {
        if (IsBeyondEnd(region.GuestAddress, region.Size) || IsBeyondEnd(region.UserAddress, region.Size))
            return "the addresses go beyond 64 bits";
        if (replaced is null && Count == MaxRegions)
            return $"there are {MaxRegions} regions already";
        foreach (MappedRegion other in _regions)
        {
            if (other != replaced && (Overlap(region.GuestAddress, region.Size, other.Region.GuestAddress, other.Region.Size)
                || Overlap(region.UserAddress, region.Size, other.Region.UserAddress, other.Region.Size)))
                return $"it overlaps {other.Region}";
        }

        return null;
    }

    private static bool IsBeyondEnd(ulong address, ulong size) => address + (size - 1) < address;

    private static bool Overlap(ulong first, ulong firstSize, ulong second, ulong secondSize) =>
        first - second < secondSize || second - first < firstSize;

    private MappedRegion? Find(MemoryRegion region) =>
        _regions.Find(other => other.Region with { FileOffset = region.FileOffset } == region);

    private void Insert(MappedRegion region)
    {
        _regions.Insert(IndexAfter(region.Region.GuestAddress), region);
        if (!region.File.IsSealed)
            _unsealed.Add(region.File);
        HasReadOnly |= !region.IsWritable;
    }

    private void Remove(MappedRegion region)
    {
        _ = _regions.Remove(region);
        _ = _unsealed.Remove(region.File);
        region.Dispose();
        _lastHit = null;
        HasReadOnly = _regions.Exists(other => !other.IsWritable);
    }

    private MappedRegion? RegionAt(ulong guestAddress)
    {
        int after = IndexAfter(guestAddress);
        return after > 0 && _regions[after - 1].Contains(guestAddress) ? _regions[after - 1] : null;
    }

    /// <summary>How many regions begin at or below the address.</summary>
    private int IndexAfter(ulong guestAddress)
    {
        int low = 0;
        int high = _regions.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_regions[middle].Region.GuestAddress <= guestAddress)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
