using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using QemuL2tp.Guest.VhostUser.Memory;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>
/// The guest's own use of its memory: room for rings and buffers, and access by guest physical address. All that lies around
/// the regions in the file is a guard that must stay as it is.
/// </summary>
internal sealed unsafe class MockGuestMemory
{
    public const ulong GuestBase = 0x4000_0000;
    private const uint GuardSize = 4096;
    private const byte Guard = 0xA5;

    private readonly byte* _file;
    private readonly ulong[] _allocated;
    private readonly Dictionary<uint, Stack<ulong>> _free = [];

    /// <param name="ram">Owned by the caller; rings and buffers are allocated in its regions from their beginnings.</param>
    public MockGuestMemory(GuestRam ram)
    {
        Ram = ram;
        _allocated = new ulong[ram.Regions.Count];
        _file = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(ram.File.Bytes));
        foreach ((int from, int to) in Guards())
            ram.File.Bytes[from..to].Fill(Guard);
    }

    public GuestRam Ram { get; }

    public IReadOnlyList<MemoryRegion> Regions => Ram.Regions;

    /// <summary>What is around the regions was not written to.</summary>
    public bool AreGuardsWhole
    {
        get
        {
            foreach ((int from, int to) in Guards())
            {
                if (Ram.File.Bytes[from..to].ContainsAnyExcept(Guard))
                    return false;
            }

            return true;
        }
    }

    /// <summary>Memory with regions of these sizes, one after the other for the guest, apart and in the reverse order in the file and for QEMU.</summary>
    public static GuestRam RamOf(params ulong[] sizes) => RamOf(isSealable: true, sizes);

    /// <summary>The same, of which the back end may seal the file or not.</summary>
    public static GuestRam RamOf(bool isSealable, params ulong[] sizes)
    {
        var regions = new MemoryRegion[sizes.Length];
        ulong guest = GuestBase;
        ulong offset = sizes.Aggregate((ulong)GuardSize, (sum, size) => sum + size + GuardSize);
        ulong length = offset;
        for (int i = 0; i < sizes.Length; i++)
        {
            offset -= sizes[i] + GuardSize;
            regions[i] = new MemoryRegion(guest, sizes[i], GuestRam.UserBase + ((ulong)(sizes.Length - i) << 36), offset);
            guest += sizes[i];
        }

        return new GuestRam(regions, isSealable, (int)length);
    }

    /// <summary>Gives all regions to the device.</summary>
    public void AddTo(GuestMemory memory)
    {
        foreach (MemoryRegion region in Regions)
            Assert.That(memory.Add(region, Ram.File.Duplicate()), Is.Null);
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

    /// <summary>Bytes that may cross regions.</summary>
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

    /// <summary>Writes bytes, also across regions.</summary>
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

    private IEnumerable<(int From, int To)> Guards()
    {
        int from = 0;
        foreach (MemoryRegion region in Regions.OrderBy(r => r.FileOffset))
        {
            yield return (from, (int)region.FileOffset);
            from = (int)(region.FileOffset + region.Size);
        }

        yield return (from, Ram.File.Bytes.Length);
    }
}
