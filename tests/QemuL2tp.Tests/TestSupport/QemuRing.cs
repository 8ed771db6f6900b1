using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Where a ring is in guest memory, and where it goes on.</summary>
/// <param name="Size">Entries.</param>
/// <param name="Desc">Guest address of the descriptors; of the ring when packed.</param>
/// <param name="Avail">Guest address of the available ring; of the driver's event suppression when packed.</param>
/// <param name="Used">Guest address of the used ring; of the device's event suppression when packed.</param>
/// <param name="Base">SET_VRING_BASE.</param>
internal sealed record RingLayout(uint Size, ulong Desc, ulong Avail, ulong Used, uint Base)
{
    public const uint PackedBase = 0x8000_8000;

    /// <summary>The three parts one after the other, as Linux lays them out, in a ring not used before.</summary>
    public static RingLayout At(ulong guestAddress, uint size, bool isPacked = false)
    {
        ulong avail = guestAddress + (16 * size);
        ulong used = isPacked ? avail + 4 : (avail + 6 + (2 * size) + 63) & ~63UL;
        return new RingLayout(size, guestAddress, avail, used, isPacked ? PackedBase : 0);
    }
}

/// <summary>A ring on QEMU's side: its layout and its eventfds.</summary>
internal sealed unsafe class QemuRing(int index, RingLayout layout) : IDisposable
{
    public int Index { get; } = index;

    public RingLayout Layout { get; set; } = layout;

    public int Kick { get; } = EventFd();

    /// <summary>What the back end gets first, before the driver runs; nobody reads it.</summary>
    public int FirstCall { get; } = EventFd();

    public int Call { get; } = EventFd();

    public int Error { get; } = EventFd();

    public static void Signal(int eventfd)
    {
        ulong one = 1;
        Assert.That((int)LibC.write(eventfd, &one, sizeof(ulong)), Is.EqualTo(sizeof(ulong)));
    }

    /// <summary>How often it was signalled since the last time.</summary>
    public static ulong Read(int eventfd)
    {
        ulong count = 0;
        return LibC.read(eventfd, &count, sizeof(ulong)) < 0 ? 0 : count;
    }

    /// <summary>Descriptors of the ring's eventfds in this process, without those here.</summary>
    public int OtherDescriptors => CountOthers([this]);

    /// <summary>Descriptors of these rings' eventfds in this process, without those here. The kernel numbers eventfds (proc(5), <c>eventfd-id</c>).</summary>
    public static int CountOthers(IEnumerable<QemuRing> rings)
    {
        int[] own = [.. rings.SelectMany(ring => ring.Own)];
        HashSet<string?> ids = [.. own.Select(descriptor => IdOf($"/proc/self/fdinfo/{descriptor}"))];
        return Directory.GetFiles("/proc/self/fdinfo").Count(file => IdOf(file) is { } id && ids.Contains(id)) - own.Length;
    }

    private int[] Own => [Kick, FirstCall, Call, Error];

    public void Dispose()
    {
        foreach (int descriptor in Own)
            _ = LibC.close(descriptor);
    }

    private static string? IdOf(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(line => line.StartsWith("eventfd-id:", StringComparison.Ordinal));
        }
        catch (IOException) // Closed meanwhile.
        {
            return null;
        }
    }

    private static int EventFd() => LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
}
