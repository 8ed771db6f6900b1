using QemuL2tp.Guest.VhostUser.Memory;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Memory of a guest: regions in one memfd, as QEMU's memory-backend-memfd.</summary>
internal sealed class GuestRam : IDisposable
{
    public const ulong UserBase = 0x7f12_0000_0000;

    /// <param name="regions">With any addresses.</param>
    /// <param name="isSealable">Whether the back end may seal the memfd.</param>
    /// <param name="length">Bytes of the file, if they are more than the regions need.</param>
    public GuestRam(MemoryRegion[] regions, bool isSealable = true, int length = 0)
    {
        Regions = regions;
        File = new MemoryFile(Math.Max(length, (int)regions.Max(region => region.FileOffset + region.Size)), isSealable);
    }

    /// <summary>Two regions with a gap between them, one of them not at the beginning of the file: 640 KiB from 0, and some MiB from 1 MiB.</summary>
    public static GuestRam OfPc(int megabytes = 4) => new(
    [
        new MemoryRegion(0, 0xa_0000, UserBase, 0),
        new MemoryRegion(0x10_0000, (ulong)(megabytes - 1) << 20, UserBase + 0x10_0000, 0x10_0000),
    ]);

    public IReadOnlyList<MemoryRegion> Regions { get; }

    public MemoryFile File { get; }

    public ulong UserAddressOf(ulong guestAddress) => UserAddressOf(Regions, guestAddress);

    public static ulong UserAddressOf(IEnumerable<MemoryRegion> regions, ulong guestAddress)
    {
        MemoryRegion region = RegionOf(regions, guestAddress);
        return guestAddress - region.GuestAddress + region.UserAddress;
    }

    /// <summary>Bytes of the guest that lie in one region.</summary>
    public Span<byte> At(ulong guestAddress, int length)
    {
        MemoryRegion region = RegionOf(Regions, guestAddress);
        return File.Bytes.Slice((int)(guestAddress - region.GuestAddress + region.FileOffset), length);
    }

    public void Dispose() => File.Dispose();

    private static MemoryRegion RegionOf(IEnumerable<MemoryRegion> regions, ulong guestAddress) =>
        regions.Single(region => guestAddress >= region.GuestAddress && guestAddress - region.GuestAddress < region.Size);
}
