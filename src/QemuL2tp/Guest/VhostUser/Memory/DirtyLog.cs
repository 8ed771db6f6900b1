namespace QemuL2tp.Guest.VhostUser.Memory;

/// <summary>
/// The log of pages written while QEMU migrates the guest (vhost-user, "Migration"): one bit for each 4096 bytes of guest
/// physical memory, byte <c>page / 8</c>, bit <c>page % 8</c>, set atomically after the write. QEMU reads and clears it meanwhile.
/// </summary>
internal sealed unsafe class DirtyLog : IDisposable
{
    private const int PageShift = 12;

    private readonly MappedFile _file;
    private readonly ulong _pages;

    private DirtyLog(MappedFile file, ulong pages)
    {
        _file = file;
        _pages = pages;
    }

    /// <summary>Maps the log (SET_LOG_BASE).</summary>
    /// <param name="size">Bytes of the log; like the offset a multiple of 8.</param>
    /// <param name="offset">Where in the file it begins.</param>
    /// <param name="descriptor">Belongs to this method from now on, whatever it returns.</param>
    /// <param name="reason">Why not, when the result is null.</param>
    public static DirtyLog? TryMap(ulong size, ulong offset, int descriptor, out string? reason)
    {
        MappedFile? file = MappedFile.TryMap(offset, size, descriptor, out reason);
        if (file is null)
            return null;
        if ((size | offset) % 8 != 0)
            reason = $"size 0x{size:x} and offset 0x{offset:x} must be multiples of 8";
        else if (!file.IsWritable)
            reason = "the file may only be read";
        if (reason is null)
            return new DirtyLog(file, size * 8);
        file.Dispose();
        return null;
    }

    /// <summary>
    /// Marks every page that these bytes touch; call it after writing them. Pages beyond the log are left out, and all of
    /// them when the front end has made its file shorter.
    /// </summary>
    public void Mark(ulong guestAddress, ulong length)
    {
        if (length == 0 || !_file.IsWhole())
            return;
        ulong first = guestAddress >> PageShift;
        ulong last = Math.Min((guestAddress + Math.Min(length - 1, ~guestAddress)) >> PageShift, _pages - 1);
        for (ulong page = first; page <= last;)
        {
            // A word of 32 pages at a time; in little-endian order its bits are those of its bytes.
            int bit = (int)(page % 32);
            ulong count = Math.Min(last - page + 1, 32 - (ulong)bit);
            uint mask = (uint)(((1UL << (int)count) - 1) << bit);
            // Also when the bits are set already: only a full barrier keeps QEMU from clearing them before it sees what was written.
            _ = Interlocked.Or(ref *((uint*)_file.Base + (page / 32)), mask);
            page += count;
        }
    }

    public void Dispose() => _file.Dispose();
}
