using System.Runtime.InteropServices;
using QemuL2tp.Guest.VhostUser.Memory;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>
/// A guest's memory as QEMU shares it: a memfd, of which the device is given regions. All that lies around them in the file
/// is a guard that must stay as it is. The guest uses guest physical addresses throughout.
/// </summary>
internal sealed unsafe class MockGuestMemory : IDisposable
{
    public const ulong GuestBase = 0x4000_0000;
    public const ulong UserBase = 0x7f00_0000_0000;
    private const uint GuardSize = 4096;
    private const byte Guard = 0xA5;
    private const int DuplicateCloseOnExec = 1030;

    private readonly byte* _file;
    private readonly nuint _fileLength;
    private readonly ulong[] _allocated;
    private readonly Dictionary<uint, Stack<ulong>> _free = [];

    /// <param name="regions">Where the regions are; in the file with guards between them.</param>
    public MockGuestMemory(params MemoryRegion[] regions)
    {
        Regions = regions;
        _allocated = new ulong[regions.Length];
        _fileLength = (nuint)(regions.Max(r => r.FileOffset + r.Size) + GuardSize);
        byte empty = 0;
        Descriptor = LibC.memfd_create(&empty, LibC.MFD_CLOEXEC | LibC.MFD_ALLOW_SEALING);
        using (var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(Descriptor, ownsHandle: false))
            RandomAccess.SetLength(handle, (long)_fileLength);
        _file = (byte*)LibC.mmap(null, _fileLength, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, Descriptor, 0);
        foreach ((ulong from, ulong to) in Guards())
            NativeMemory.Fill(_file + from, (nuint)(to - from), Guard);
    }

    /// <summary>Regions of these sizes, one after the other for the guest, apart and in the reverse order in the file and for QEMU.</summary>
    public static MockGuestMemory Create(params ulong[] sizes)
    {
        MemoryRegion[] regions = new MemoryRegion[sizes.Length];
        ulong guest = GuestBase;
        ulong offset = sizes.Aggregate((ulong)GuardSize, (sum, size) => sum + size + GuardSize);
        for (int i = 0; i < sizes.Length; i++)
        {
            offset -= sizes[i] + GuardSize;
            regions[i] = new MemoryRegion(guest, sizes[i], UserBase + ((ulong)(sizes.Length - i) << 40), offset);
            guest += sizes[i];
        }

        return new MockGuestMemory(regions);
    }

    public IReadOnlyList<MemoryRegion> Regions { get; }

    public int Descriptor { get; }

    /// <summary>What is around the regions was not written to.</summary>
    public bool AreGuardsWhole
    {
        get
        {
            foreach ((ulong from, ulong to) in Guards())
            {
                if (new ReadOnlySpan<byte>(_file + from, (int)(to - from)).ContainsAnyExcept(Guard))
                    return false;
            }

            return true;
        }
    }

    /// <summary>A descriptor to give away.</summary>
    public static int Duplicate(int descriptor) => LibC.fcntl(descriptor, DuplicateCloseOnExec, 0);

    /// <summary>Gives all regions to the device.</summary>
    public void AddTo(GuestMemory memory)
    {
        foreach (MemoryRegion region in Regions)
            Assert.That(memory.Add(region, Duplicate(Descriptor)), Is.Null);
    }

    /// <summary>Room for the guest.</summary>
    /// <returns>Guest physical address.</returns>
    public ulong Allocate(uint length, uint alignment = 16, int region = 0)
    {
        if (region == 0 && _free.TryGetValue(length, out Stack<ulong>? free) && free.TryPop(out ulong again))
            return again;
        ulong at = (_allocated[region] + alignment - 1) / alignment * alignment;
        if (at + length > Regions[region].Size)
            throw new InvalidOperationException($"{length} bytes do not fit in region {region}");
        _allocated[region] = at + length;
        return Regions[region].GuestAddress + at;
    }

    /// <summary>For a later <see cref="Allocate"/> of the same length.</summary>
    public void Free(ulong address, uint length)
    {
        if (!_free.TryGetValue(length, out Stack<ulong>? free))
            _free[length] = free = [];
        free.Push(address);
    }

    /// <summary>The byte at a guest physical address.</summary>
    public byte* At(ulong address)
    {
        MemoryRegion region = RegionOf(address);
        return _file + region.FileOffset + (address - region.GuestAddress);
    }

    /// <summary>The address of the same byte in QEMU's process.</summary>
    public ulong UserAddress(ulong address)
    {
        MemoryRegion region = RegionOf(address);
        return region.UserAddress + (address - region.GuestAddress);
    }

    public byte[] Read(ulong address, uint length)
    {
        byte[] bytes = new byte[length];
        for (uint i = 0; i < length;)
        {
            Span<byte> piece = PieceAt(address + i, length - i);
            piece.CopyTo(bytes.AsSpan((int)i));
            i += (uint)piece.Length;
        }

        return bytes;
    }

    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Span<byte> piece = PieceAt(address, (uint)bytes.Length);
            bytes[..piece.Length].CopyTo(piece);
            address += (uint)piece.Length;
            bytes = bytes[piece.Length..];
        }
    }

    public void Dispose()
    {
        _ = LibC.munmap(_file, _fileLength);
        _ = LibC.close(Descriptor);
    }

    private Span<byte> PieceAt(ulong address, uint length)
    {
        MemoryRegion region = RegionOf(address);
        return new Span<byte>(At(address), (int)Math.Min(length, region.GuestAddress + region.Size - address));
    }

    private MemoryRegion RegionOf(ulong address)
    {
        foreach (MemoryRegion region in Regions)
        {
            if (address - region.GuestAddress < region.Size)
                return region;
        }

        throw new ArgumentOutOfRangeException(nameof(address), $"0x{address:x} is in no region");
    }

    private IEnumerable<(ulong From, ulong To)> Guards()
    {
        ulong from = 0;
        foreach (MemoryRegion region in Regions.OrderBy(r => r.FileOffset))
        {
            yield return (from, region.FileOffset);
            from = region.FileOffset + region.Size;
        }

        yield return (from, _fileLength);
    }
}
