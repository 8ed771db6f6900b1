namespace QemuL2tp.Guest.VhostUser.Memory;

/// <summary>
/// The log of pages written while QEMU migrates the guest (vhost-user, "Migration"): one bit for each 4096 bytes of guest
/// physical memory, byte <c>page / 8</c>, bit <c>page % 8</c>, set atomically after the write. QEMU reads and clears it meanwhile.
/// </summary>
internal sealed unsafe class DirtyLog : IDisposable
{
    /// <summary>Maps the log (SET_LOG_BASE).</summary>
    /// <param name="size">Bytes of the log.</param>
    /// <param name="offset">Where in the file it begins.</param>
    /// <param name="descriptor">Belongs to this method from now on, whatever it returns.</param>
    /// <param name="reason">Why not, when the result is null.</param>
    public static DirtyLog? TryMap(ulong size, ulong offset, int descriptor, out string? reason) => throw new NotImplementedException();

    /// <summary>Marks every page that these bytes touch; call it after writing them. Pages beyond the log are left out.</summary>
    public void Mark(ulong guestAddress, ulong length) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
