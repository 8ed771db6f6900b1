using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.L2tpv3;

public class AllocationTests
{
    private const int Batches = 10_000;

    [Test]
    public void Encapsulating_allocates_nothing()
    {
        L2tpv3Options options = PseudowireOptions.Create(cookie: 8, counter: true);

        // One in eight is too long.
        Assert.That(AllocatedBy(new Encapsulator(options), i => i % 8 == 7 ? 65530 : 1514, (_, frame) => frame), Is.Zero);
    }

    [Test]
    public void Decapsulating_allocates_nothing([Values] bool udp)
    {
        L2tpv3Options options = PseudowireOptions.Create(udp, cookie: 8, counter: true);
        L2tpPeer peer = PseudowireOptions.PeerOf(options) with { IPv4Header = [] };

        // Every verdict has its turn: whole and cut packets, wrong bytes at the start, and random counters.
        Assert.That(
            AllocatedBy(new Decapsulator(options), i => i, (i, frame) =>
            {
                byte[] packet = peer.Encode(frame, (uint)i * 0x01020305);
                packet[i % 44 % packet.Length] ^= (byte)(i % 3);
                return packet;
            }),
            Is.Zero);
    }

    [Test]
    public unsafe void Holding_frames_back_allocates_nothing([Values(1514, 9000)] int length)
    {
        using WindowUnderTest window = new(64);
        window.Delivered.EnsureCapacity(1 << 20);
        HoldAndLetGo(window, length, 1, 200);
        long reordered = window.Statistics.Reordered, lost = window.Statistics.Lost;
        long before = GC.GetAllocatedBytesForCurrentThread();
        HoldAndLetGo(window, length, 1 + (200 * 32), Batches);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(window.Statistics.Reordered - reordered, Is.GreaterThan(10L * Batches), "frames were held");
        Assert.That(window.Statistics.Lost - lost, Is.EqualTo(Batches / 2), "and some let go by the clock");
    }

    /// <summary>32 numbers per turn in reversed order, the first of the turn one turn later or, every other time, never.</summary>
    private static void HoldAndLetGo(WindowUnderTest window, int length, uint first, int turns)
    {
        for (int turn = 0; turn < turns; turn++, first += 32)
        {
            for (uint i = 31; i > 0; i--)
                window.Add(first + i, first + i, length);
            window.Turn();
            if (turn % 2 == 0)
                window.Add(first, first, length);
            window.Wait(20);
            window.Turn();
            window.Delivered.Clear();
        }
    }

    private static unsafe long AllocatedBy(IFrameStage stage, Func<int, int> length, Func<int, byte[], byte[]> encode)
    {
        using FrameBatch batch = new(new DirectionCounters());
        byte[][] packets = new byte[batch.Capacity][];
        for (int i = 0; i < packets.Length; i++)
        {
            byte[] packet = encode(i, new byte[length(i)]);
            packets[i] = GC.AllocateArray<byte>(packet.Length, pinned: true);
            packet.CopyTo(packets[i], 0);
        }

        Turn(stage, batch, packets, 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Turn(stage, batch, packets, Batches);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static unsafe void Turn(IFrameStage stage, FrameBatch batch, byte[][] packets, int turns)
    {
        for (int turn = 0; turn < turns; turn++)
        {
            foreach (byte[] packet in packets)
            {
                fixed (byte* bytes = packet)
                    batch.TryAdd(bytes, packet.Length);
            }

            stage.Apply(batch, 0);
            batch.RemoveFirst(batch.Count);
        }
    }
}
