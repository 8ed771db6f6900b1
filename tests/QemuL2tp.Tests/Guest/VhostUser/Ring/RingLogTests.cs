using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

/// <summary>M-2: every page of the ring that the device writes to is in the dirty log.</summary>
public sealed unsafe class RingLogTests : IDisposable
{
    private const ulong LogSize = 1 << 16;
    private const uint Size = 1024;

    private readonly int _descriptor;
    private readonly byte* _map;
    private readonly DirtyLog _log;

    public RingLogTests()
    {
        byte empty = 0;
        _descriptor = LibC.memfd_create(&empty, LibC.MFD_CLOEXEC);
        using (var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(_descriptor, ownsHandle: false))
            RandomAccess.SetLength(handle, (long)LogSize);
        _map = (byte*)LibC.mmap(null, (size_t)LogSize, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, _descriptor, 0);
        _log = DirtyLog.TryMap(LogSize, 0, VringUnderTest.Duplicate(_descriptor), out _)!;
    }

    public void Dispose()
    {
        _log.Dispose();
        _ = LibC.munmap(_map, (size_t)LogSize);
        _ = LibC.close(_descriptor);
    }

    [Test]
    public void M_2_what_the_device_writes_to_the_ring_is_logged([Values] bool packed, [Values] bool eventIndex)
    {
        using VringUnderTest test = new(new RingKind(Size, packed, eventIndex), index: 1, 4 << 20);
        test.Start();
        test.SetAddresses(isLogged: true);
        test.Ring.SetLog(_log);
        FastRandom random = new(3);
        Virtqueue queue = test.Ring.Queue!;
        byte[] before = Ring(test);
        int writes = 0;
        for (int round = 0; round < 300; round++)
        {
            int count = random.Between(0, 50);
            for (int i = 0; i < count; i++)
                test.Driver.AddTransmit([1], random.Between(1, 5));
            before = Ring(test);
            for (int i = 0; i < count; i++)
            {
                queue.TryTake(test.Chain);
                queue.Return(test.Chain.Id, test.Chain.Slots, 0);
            }

            queue.Publish();
            if (random.Chance(50))
                queue.EnableKicks();
            else
                queue.DisableKicks();
            byte[] after = Ring(test);
            ulong start = RingStart(test);
            for (int i = 0; i < after.Length; i++)
            {
                if (before[i] == after[i])
                    continue;
                writes++;
                ulong page = (start + (ulong)i) / 4096;
                if ((_map[page / 8] & (1 << (int)(page % 8))) == 0)
                    Assert.Fail($"byte {i} of the ring was changed in round {round} and is not in the log");
            }

            new Span<byte>(_map, (int)LogSize).Clear();
            test.Driver.TakeUsed();
        }

        Assert.That(writes, Is.GreaterThan(1000));
    }

    [Test]
    public void Without_the_flag_or_without_a_log_nothing_is_logged([Values] bool packed, [Values] bool isLogged)
    {
        using VringUnderTest test = new(new RingKind(8, packed));
        test.Start();
        test.SetAddresses(isLogged);
        test.Ring.SetLog(isLogged ? null : _log);
        test.Driver.AddTransmit([1]);
        test.Ring.Queue!.TryTake(test.Chain);
        test.Ring.Queue.Return(test.Chain.Id, test.Chain.Slots, 0);
        test.Ring.Queue.Publish();

        Assert.That(new ReadOnlySpan<byte>(_map, (int)LogSize).ContainsAnyExcept((byte)0), Is.False);
        Assert.That(test.Ring.Queue.Log is null, Is.True);
    }

    private static ulong RingStart(VringUnderTest test) => test.Driver.Desc;

    /// <summary>All three parts, which lie one after the other.</summary>
    private static byte[] Ring(VringUnderTest test) =>
        test.Guest.Read(test.Driver.Desc, (uint)(test.Driver.Used - test.Driver.Desc) + (test.Driver.Kind.IsPacked ? 4 : 6 + (8 * Size)));
}
