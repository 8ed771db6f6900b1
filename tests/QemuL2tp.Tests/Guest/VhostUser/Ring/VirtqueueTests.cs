using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

/// <summary>What a driver and a device that keep the rules see of one another.</summary>
public class VirtqueueTests
{
    private static IEnumerable<RingKind> Rings() =>
        from packed in new[] { false, true }
        from eventIndex in new[] { false, true }
        from indirect in new[] { false, true }
        select new RingKind(8, packed, eventIndex, indirect);

    private static IEnumerable<RingKind> Sizes() =>
        from packed in new[] { false, true }
        from size in new uint[] { 1, 2, 3, 4, 5, 256, 1000, 1024, 32768 }
        where packed || uint.IsPow2(size)
        select new RingKind(size, packed);

    private static byte[] Frame(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    [TestCaseSource(nameof(Rings))]
    public void A_transmitted_frame_is_found_where_it_lies_and_comes_back(object ring)
    {
        using VirtqueueUnderTest test = new((RingKind)ring);
        MockBuffer buffer = test.Driver.AddTransmit(Frame(100), 12, 40, 0);

        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        Assert.That(test.Bytes, Is.EqualTo((byte[])[.. new byte[12], .. Frame(100)]));
        Assert.That(test.Pieces, Is.EqualTo(buffer.Pieces.Where(p => p.Length > 0)), "without the empty one");
        Assert.That(test.Chain.Length, Is.EqualTo(112));
        Assert.That(test.Take(), Is.EqualTo(TakeResult.Empty));
        Assert.That(test.Driver.TakeUsed(), Is.Empty);

        test.Queue.Return(buffer.Id, test.Chain.Slots, 0);
        Assert.That(test.Driver.TakeUsed(), Is.Empty, "not before it is published");
        Assert.That(test.Queue.Publish(), Is.True, "the driver wants to be called from the beginning");
        Assert.That(test.Driver.TakeUsed().Single().Buffer, Is.EqualTo(buffer));
        Assert.That(test.Queue.Publish(), Is.False, "nothing new");
    }

    [TestCaseSource(nameof(Rings))]
    public void What_is_written_to_receive_buffers_arrives_and_all_of_a_batch_at_once(object ring)
    {
        using VirtqueueUnderTest test = new((RingKind)ring, isReceive: true);
        test.Driver.AddReceive(20, 30);
        test.Driver.AddReceive(64);
        test.Driver.AddReceive(10, 10, 10);
        for (int length = 50; length <= 52; length++)
        {
            test.Take();
            test.Fill(Frame(length));
            test.Queue.Return(test.Chain.Id, test.Chain.Slots, (uint)Math.Min(length, (int)test.Chain.Length));
            Assert.That(test.Driver.TakeUsed(), Is.Empty);
        }

        test.Queue.Publish();
        Assert.That(test.Driver.TakeUsed().Select(used => used.Bytes), Is.EqualTo(new[] { Frame(50), Frame(51), Frame(30) }));
    }

    [TestCaseSource(nameof(Rings))]
    public void What_was_taken_can_be_given_back(object ring)
    {
        using VirtqueueUnderTest test = new((RingKind)ring);
        for (int round = 0; round < 20; round++)
        {
            for (byte i = 0; i < 3; i++)
                test.Driver.AddTransmit([i], 5);
            test.TakeAndReturn();
            uint position = test.Queue.Position;
            uint wholeBase = test.Queue.Base;
            test.Take();
            test.Take();
            Assert.That(test.Take(), Is.EqualTo(TakeResult.Empty));

            test.Queue.Position = position;

            Assert.That(test.Queue.Base, Is.EqualTo(wholeBase));
            for (byte i = 1; i < 3; i++)
            {
                test.TakeAndReturn();
                Assert.That(test.Bytes[^1], Is.EqualTo(i));
            }

            test.Queue.Publish();
            Assert.That(test.Driver.TakeUsed(), Has.Count.EqualTo(3));
        }
    }

    [TestCaseSource(nameof(Sizes))]
    public void Every_size_works(object ring)
    {
        var size = ((RingKind)ring).Size;
        using VirtqueueUnderTest test = new((RingKind)ring, isReceive: false, 8 << 20);
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < (int)size; i++)
                test.Driver.AddTransmit([(byte)i]);
            for (int i = 0; i < (int)size; i++)
                test.TakeAndReturn();
            Assert.That(test.Take(), Is.EqualTo(TakeResult.Empty));
            test.Queue.Publish();
            Assert.That(test.Driver.TakeUsed(), Has.Count.EqualTo((int)size));
        }
    }

    [TestCaseSource(nameof(Rings))]
    public void A_buffer_that_crosses_regions_becomes_several_pieces(object ring)
    {
        using VirtqueueUnderTest test = new((RingKind)ring, isReceive: true, 1 << 16, 4096, 4096);
        ulong middle = test.Guest.Regions[1].GuestAddress;
        test.Driver.Add([(middle - 100, 50), (middle - 50, 5000)], isReceive: true);

        test.Take();
        Assert.That(test.Pieces, Is.EqualTo(new[] { (middle - 100, 50u), (middle - 50, 50u), (middle, 4096u), (middle + 4096, 854u) }));
        test.Fill(Frame(5050));
        test.Queue.Return(test.Chain.Id, test.Chain.Slots, 5050);
        test.Queue.Publish();
        Assert.That(test.Driver.TakeUsed().Single().Bytes, Is.EqualTo(Frame(5050)));
        Assert.That(test.Guest.AreGuardsWhole, Is.True);
    }

    [Test]
    public void A_split_chain_may_end_in_an_indirect_table()
    {
        using VirtqueueUnderTest test = new(new RingKind(4, HasIndirect: true));
        var driver = (MockDriverSplit)test.Driver;
        ulong data = test.Guest.Allocate(64);
        ulong table = test.Guest.Allocate(32);
        driver.WriteTable(table, 0, data + 8, 8, 1, 1);
        driver.WriteTable(table, 1, data + 16, 8, 0, 0);
        driver.WriteDescriptor(3, table, 32, 4 | 2, 0); // WRITE is to be ignored.
        driver.Offer(data, 8, 1, 3);

        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        Assert.That(test.Pieces, Is.EqualTo(new[] { (data, 8u), (data + 8, 8u), (data + 16, 8u) }));
    }
}
