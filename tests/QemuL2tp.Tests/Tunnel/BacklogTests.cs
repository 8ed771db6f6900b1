using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Tests.Tunnel;

internal sealed unsafe class BacklogTests
{
    [Test]
    public void Packets_come_out_in_order_whatever_their_lengths_and_however_often_the_ring_goes_round()
    {
        using var backlog = new Backlog();
        using BatchUnderTest batch = new(capacity: 150);
        Random random = new(1);
        int added = 0, taken = 0;
        while (taken < 20_000)
        {
            for (int i = random.Next(200); i > 0 && Add(backlog, LoopbackLink.Frame(LengthOf(added), added), (added & 1) == 1); i--)
                added++;
            backlog.Fill(batch.Batch);
            for (int i = 0; i < batch.Batch.Count; i++, taken++)
            {
                Assert.That(batch.BytesOf(i), Is.EqualTo(LoopbackLink.Frame(LengthOf(taken), taken)));
                Assert.That(batch.Batch[i].IsForeign, Is.EqualTo((taken & 1) == 1));
            }

            batch.Take();
            backlog.Free();
        }

        static int LengthOf(int number) => 1 + (number * 7919 % (number % 100 == 0 ? 65_535 : 1500));
    }

    [Test]
    public void It_holds_1024_packets_and_no_more_until_one_is_done_with()
    {
        using var backlog = new Backlog();
        using BatchUnderTest batch = new(capacity: 1);
        for (int i = 0; i < Backlog.MaxPackets; i++)
            Assert.That(Add(backlog, [1, 2]), Is.True);
        Assert.That(Add(backlog, [1, 2]), Is.False);

        Assert.That(backlog.Fill(batch.Batch), Is.False);
        Assert.That(Add(backlog, [1, 2]), Is.False, "it is still in use");
        backlog.Free();
        Assert.That(Add(backlog, [1, 2]), Is.True);
        Assert.That(Add(backlog, [1, 2]), Is.False);
    }

    [Test]
    public void It_holds_a_mebibyte()
    {
        using var backlog = new Backlog();
        byte[] packet = new byte[65_528];
        for (int i = 0; i < 15; i++)
            Assert.That(Add(backlog, packet), Is.True, $"packet {i}");
        Assert.That(Add(backlog, packet), Is.True, "the last fills it to the last byte");
        Assert.That(Add(backlog, [1]), Is.False);
    }

    private static bool Add(Backlog backlog, byte[] packet, bool isForeign = false)
    {
        fixed (byte* bytes = packet)
            return backlog.TryAdd(bytes, packet.Length, isForeign);
    }
}
