using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

/// <summary>Drivers that break the rules: their ring is found broken, and nothing outside of the guest's memory is touched.</summary>
public class HostileRingTests
{
    private const ushort Next = Descriptor.Next;
    private const ushort Write = Descriptor.Write;
    private const ushort Indirect = Descriptor.Indirect;

    private static VirtqueueUnderTest Split(uint size = 4, bool indirect = true, bool isReceive = false) =>
        new(new RingKind(size, HasIndirect: indirect), isReceive);

    private static VirtqueueUnderTest Create(bool packed, bool indirect = true, bool isReceive = false, params ulong[] regions) =>
        new(new RingKind(4, packed, HasIndirect: indirect), isReceive, regions);

    [Test]
    public void R_1_an_available_index_ahead_by_more_than_the_size_breaks_the_ring(
        [Values((ushort)5, (ushort)0x8000, ushort.MaxValue)] ushort index, [Values((ushort)0, ushort.MaxValue)] ushort start)
    {
        using VirtqueueUnderTest test = Split();
        var driver = (MockDriverSplit)test.Driver;
        driver.StartAt(start);
        test.Start(start);
        driver.AvailableIndex = (ushort)(start + index);

        test.AssertBroken(RingFault.AvailableIndexTooFar);
    }

    [Test]
    public void R_1_an_available_index_ahead_by_the_size_is_the_most_there_can_be()
    {
        using VirtqueueUnderTest test = Split();
        test.Driver.Offer(test.Guest.Allocate(16), 16, 0, 0);
        ((MockDriverSplit)test.Driver).AvailableIndex = 4;

        for (int i = 0; i < 4; i++)
            Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        Assert.That(test.Take(), Is.EqualTo(TakeResult.Empty));
    }

    [Test]
    public void R_1_kicks_can_be_enabled_on_a_ring_with_such_an_index([Values] bool eventIndex)
    {
        using VirtqueueUnderTest test = new(new RingKind(4, HasEventIndex: eventIndex));
        ((MockDriverSplit)test.Driver).AvailableIndex = 5;

        Assert.That(test.Queue.EnableKicks(), Is.True, "it is to be looked at");
        test.AssertBroken(RingFault.AvailableIndexTooFar);
    }

    [Test]
    public void R_2_a_head_out_of_range_breaks_the_ring([Values((ushort)4, (ushort)5, (ushort)0x8000, ushort.MaxValue)] ushort head)
    {
        using VirtqueueUnderTest test = Split();
        test.Driver.Offer(test.Guest.Allocate(16), 16, 0, 0);
        ((MockDriverSplit)test.Driver).AvailableRing(0) = head;

        test.AssertBroken(RingFault.HeadOutOfRange);
    }

    [Test]
    public void R_2_the_id_of_a_packed_buffer_is_only_given_back([Values((ushort)4, ushort.MaxValue)] ushort id)
    {
        using VirtqueueUnderTest test = Create(packed: true);
        test.Driver.Offer(test.Guest.Allocate(16), 16, 0, id);

        test.TakeAndReturn();
        test.Queue.Publish();

        Assert.That(BitConverter.ToUInt16(test.Guest.Read(test.Driver.Desc + 12, 2)), Is.EqualTo(id));
    }

    [Test]
    public void R_3_a_next_out_of_range_breaks_the_ring([Values((ushort)4, (ushort)5, ushort.MaxValue)] ushort next)
    {
        using VirtqueueUnderTest test = Split();
        test.Driver.Offer(test.Guest.Allocate(16), 16, Next, next);

        test.AssertBroken(RingFault.NextOutOfRange);
    }

    [TestCase(0)]
    [TestCase(1, 0)]
    [TestCase(1, 2, 3, 0)]
    [TestCase(1, 2, 3, 2)]
    public void R_3_a_loop_breaks_the_ring(params int[] next)
    {
        using VirtqueueUnderTest test = Split();
        ulong data = test.Guest.Allocate(16);
        for (int i = 1; i < next.Length; i++)
            test.Driver.WriteDescriptor((uint)i, data, 16, Next, (ushort)next[i]);
        test.Driver.Offer(data, 16, Next, (ushort)next[0]);

        test.AssertBroken(RingFault.ChainTooLong);
    }

    [Test]
    public void R_3_a_loop_in_an_indirect_table_breaks_the_ring()
    {
        using VirtqueueUnderTest test = Split();
        ulong table = test.Guest.Allocate(32);
        test.Driver.WriteTable(table, 0, table, 16, Next, 1);
        test.Driver.WriteTable(table, 1, table, 16, Next, 0);
        test.Driver.Offer(table, 32, Indirect, 0);

        test.AssertBroken(RingFault.ChainTooLong);
    }

    [Test]
    public void R_3_a_next_beyond_an_indirect_table_breaks_the_ring()
    {
        using VirtqueueUnderTest test = Split();
        ulong table = test.Guest.Allocate(64);
        test.Driver.WriteTable(table, 0, table, 16, Next, 2);
        test.Driver.Offer(table, 32, Indirect, 0);

        test.AssertBroken(RingFault.NextOutOfRange);
    }

    [Test]
    public void R_3_a_packed_chain_without_an_end_breaks_the_ring()
    {
        using VirtqueueUnderTest test = Create(packed: true);
        ulong data = test.Guest.Allocate(16);
        for (uint i = 1; i < 4; i++)
            test.Driver.WriteDescriptor(i, data, 16, Next, 0);
        test.Driver.Offer(data, 16, Next, 0);

        test.AssertBroken(RingFault.ChainTooLong);
    }

    [Test]
    public void R_4_nested_indirect_breaks_the_ring([Values] bool packed)
    {
        using VirtqueueUnderTest test = Create(packed);
        ulong table = test.Guest.Allocate(32);
        test.Driver.WriteTable(table, 0, table + 16, 16, Indirect, 0);
        test.Driver.Offer(table, 16, Indirect, 0);

        test.AssertBroken(RingFault.NestedIndirect);
    }

    [Test]
    public void R_4_an_indirect_table_that_is_the_ring_itself_breaks_the_ring([Values] bool packed)
    {
        using VirtqueueUnderTest test = Create(packed);
        test.Driver.Offer(test.Driver.Desc, 64, Indirect, 0);

        test.AssertBroken(RingFault.NestedIndirect);
    }

    [Test]
    public void R_4_R_20_an_indirect_table_of_a_wrong_length_breaks_the_ring(
        [Values] bool packed, [Values(0u, 1u, 15u, 17u, 31u, 80u, 0x10000u, 0xFFFFFFF0u, 0xFFFFFFFFu)] uint length)
    {
        using VirtqueueUnderTest test = Create(packed);
        test.Driver.Offer(test.Guest.Allocate(128), length, Indirect, 0);

        test.AssertBroken(RingFault.BadIndirectLength);
    }

    [Test]
    public void R_4_indirect_with_next_breaks_the_ring([Values] bool packed)
    {
        using VirtqueueUnderTest test = Create(packed);
        test.Driver.Offer(test.Guest.Allocate(16), 16, Indirect | Next, 1);

        test.AssertBroken(RingFault.UnexpectedIndirect);
    }

    [Test]
    public void R_4_indirect_that_was_not_negotiated_breaks_the_ring([Values] bool packed)
    {
        using VirtqueueUnderTest test = Create(packed, indirect: false);
        test.Driver.Offer(test.Guest.Allocate(16), 16, Indirect, 0);

        test.AssertBroken(RingFault.UnexpectedIndirect);
    }

    [Test]
    public void R_4_indirect_after_next_breaks_a_packed_ring()
    {
        using VirtqueueUnderTest test = Create(packed: true);
        ulong table = test.Guest.Allocate(16);
        test.Driver.WriteDescriptor(1, table, 16, Indirect, 0);
        test.Driver.Offer(table, 16, Next, 0);

        test.AssertBroken(RingFault.UnexpectedIndirect);
    }

    [Test]
    public void R_4_an_indirect_table_outside_of_memory_breaks_the_ring([Values] bool packed, [Values(0ul, 0x4010_0000ul - 16, ulong.MaxValue - 15)] ulong table)
    {
        using VirtqueueUnderTest test = Create(packed);
        test.Driver.Offer(table, 32, Indirect, 0);

        test.AssertBroken(RingFault.BadAddress);
    }

    [Test]
    public void R_4_an_indirect_table_that_crosses_regions_is_read_as_a_whole([Values] bool packed, [Values(8u, 16u, 24u, 47u)] uint before)
    {
        using VirtqueueUnderTest test = Create(packed, indirect: true, isReceive: false, 1 << 16, 4096);
        ulong data = test.Guest.Allocate(64);
        ulong table = test.Guest.Regions[1].GuestAddress - before;
        for (uint i = 0; i < 3; i++)
            test.Driver.WriteTable(table, i, data + (i * 16), 16, i < 2 && !packed ? Next : (ushort)0, (ushort)(i + 1));
        test.Driver.Offer(table, 48, Indirect, 0);

        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        Assert.That(test.Pieces, Is.EqualTo(new[] { (data, 16u), (data + 16, 16u), (data + 32, 16u) }));
    }

    [Test]
    public void R_9_descriptors_of_no_length_are_left_out_wherever_they_point([Values] bool packed)
    {
        using VirtqueueUnderTest test = Create(packed);
        test.Driver.Offer(0xDEAD_BEEF_0000, 0, 0, 0);

        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        Assert.That(test.Chain.Count, Is.Zero);
        Assert.That(test.Chain.Length, Is.Zero);
    }

    [Test]
    public void R_9_R_20_an_address_or_a_length_that_leads_out_of_memory_breaks_the_ring(
        [Values] bool packed, [Values] bool isReceive,
        [Values(0ul, 0x3FFF_FFFFul, 0x4010_0000ul, 0x400F_FFFFul, 0x4000_0000ul, 0xFFFF_FFFF_FFFF_FFFFul)] ulong address)
    {
        using VirtqueueUnderTest test = Create(packed, isReceive: isReceive);
        test.Driver.Offer(address, address == 0x4000_0000 ? 0xFFFF_FFFF : 2, isReceive ? Write : (ushort)0, 0);

        test.AssertBroken(RingFault.BadAddress);
    }

    [Test]
    public void R_10_a_buffer_of_the_wrong_direction_breaks_the_ring([Values] bool packed, [Values] bool isReceive, [Values] bool second, [Values(0u, 16u)] uint length)
    {
        using VirtqueueUnderTest test = Create(packed, isReceive: isReceive);
        ulong data = test.Guest.Allocate(16);
        ushort right = isReceive ? Write : (ushort)0;
        ushort wrong = (ushort)(right ^ Write);
        test.Driver.WriteDescriptor(1, data, length, wrong, 0);
        test.Driver.Offer(data, length, second ? (ushort)(right | Next) : wrong, 1);

        test.AssertBroken(RingFault.WrongDirection);
    }

    [TestCase(false, false)]
    [TestCase(false, true)]
    [TestCase(true, true)]
    public void R_10_an_entry_of_the_wrong_direction_in_a_table_breaks_the_ring(bool packed, bool isReceive)
    {
        using VirtqueueUnderTest test = Create(packed, isReceive: isReceive);
        ushort right = isReceive ? Write : (ushort)0;
        ulong table = test.Guest.Allocate(32);
        test.Driver.WriteTable(table, 0, table, 16, packed ? right : (ushort)(right | Next), 1);
        test.Driver.WriteTable(table, 1, table, 16, (ushort)(right ^ Write), 0);
        test.Driver.Offer(table, 32, Indirect, 0);

        test.AssertBroken(RingFault.WrongDirection);
    }

    /// <summary>DPDK's driver fills its tables with WRITE, and does not clear it in each entry that it uses.</summary>
    [Test]
    public void R_10_entries_of_a_packed_table_to_send_from_may_be_marked_as_writable([Range(0, 7)] int marked)
    {
        using VirtqueueUnderTest test = Create(packed: true);
        ulong table = test.Guest.Allocate(48);
        ulong data = test.Guest.Allocate(48);
        for (int i = 0; i < 3; i++)
            test.Driver.WriteTable(table, (uint)i, data + ((ulong)i * 16), 16, (marked & (1 << i)) != 0 ? Write : (ushort)0, 0);
        test.Driver.Offer(table, 48, Indirect, 0);

        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        Assert.That(test.Pieces, Is.EqualTo(new[] { (data, 16u), (data + 16, 16u), (data + 32, 16u) }));
    }

    [Test]
    public void R_11_lengths_are_added_in_64_bits_up_to_2_to_the_32([Values] bool packed, [Values(0u, 1u)] uint more)
    {
        // A sparse file: nothing of it is ever touched.
        using VirtqueueUnderTest test = Create(packed, indirect: true, isReceive: false, 1 << 30);
        ulong table = test.Guest.Allocate(64);
        for (uint i = 0; i < 3; i++)
            test.Driver.WriteTable(table, i, MockGuestMemory.GuestBase, 1 << 30, packed ? (ushort)0 : Next, (ushort)(i + 1));
        test.Driver.WriteTable(table, 3, MockGuestMemory.GuestBase, (1 << 30) - 1 + more, 0, 0);
        test.Driver.Offer(table, 64, Indirect, 0);

        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        Assert.That(test.Chain.Length, Is.EqualTo((1UL << 32) - 1 + more));
    }

    [Test]
    public void R_11_a_chain_of_more_than_2_to_the_32_bytes_breaks_the_ring([Values] bool packed, [Values] bool table)
    {
        using VirtqueueUnderTest test = new(new RingKind(8, packed, HasIndirect: true), isReceive: false, 1 << 30);
        ulong at = table ? test.Guest.Allocate(16 * 5) : test.Driver.Desc;
        for (uint i = 1; i < 5; i++)
            test.Driver.WriteTable(at, i, MockGuestMemory.GuestBase, i == 4 ? 1 : 1u << 30, i == 4 || (packed && table) ? (ushort)0 : Next, (ushort)(i + 1));
        for (uint i = 1; i < 5 && packed && !table; i++)
            test.Driver.WriteDescriptor(i, MockGuestMemory.GuestBase, i == 4 ? 1 : 1u << 30, i == 4 ? (ushort)0 : Next, 0);
        if (table)
        {
            test.Driver.WriteTable(at, 0, MockGuestMemory.GuestBase, 1 << 30, packed ? (ushort)0 : Next, 1);
            test.Driver.Offer(at, 16 * 5, Indirect, 0);
        }
        else
        {
            test.Driver.Offer(MockGuestMemory.GuestBase, 1 << 30, Next, 1);
        }

        test.AssertBroken(RingFault.ChainTooLong);
    }

    [Test]
    public void R_11_more_pieces_than_there_is_room_for_break_the_ring([Values] bool packed)
    {
        // Each of the 32768 descriptors crosses from one region into the next.
        const uint Size = 32768;
        using VirtqueueUnderTest test = new(new RingKind(Size, packed, HasIndirect: true), isReceive: false, 4 << 20, 4096);
        ulong crossing = test.Guest.Regions[1].GuestAddress - 1;
        ulong table = test.Guest.Allocate(Size * 16);
        for (uint i = 0; i < Size; i++)
            test.Driver.WriteTable(table, i, crossing, 2, packed || i == Size - 1 ? (ushort)0 : Next, (ushort)(i + 1));
        test.Driver.Offer(table, Size * 16, Indirect, 0);

        test.AssertBroken(RingFault.ChainTooLong);
        Assert.That(test.Chain.Count, Is.EqualTo(BufferChain.MaxPieces));
    }

    [Test]
    public void R_15_a_buffer_whose_memory_has_gone_is_not_found([Values] bool packed)
    {
        using VirtqueueUnderTest test = Create(packed, indirect: false, isReceive: true, 1 << 16, 4096);
        ulong second = test.Guest.Regions[1].GuestAddress;
        test.Driver.Add([(second, 64)], isReceive: true);
        uint position = test.Queue.Position;
        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        test.Queue.Position = position;

        Assert.That(test.Memory.Remove(test.Guest.Regions[1]), Is.True);

        test.AssertBroken(RingFault.BadAddress);
    }

    [Test]
    public void R_16_a_head_offered_twice_is_taken_and_returned_twice()
    {
        using VirtqueueUnderTest test = Split();
        test.Driver.Offer(test.Guest.Allocate(16), 16, 0, 0);
        test.Driver.Offer(test.Guest.Allocate(16), 16, 0, 0);

        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        Assert.That(test.Take(), Is.EqualTo(TakeResult.Taken));
        test.Queue.Return(0, 1, 0);
        test.Queue.Return(0, 1, 0);
        test.Queue.Publish();
        Assert.That(((MockDriverSplit)test.Driver).UsedIndex, Is.EqualTo(2));
    }

    [Test]
    public void A_broken_ring_still_tells_where_it_was_and_returns_what_was_taken([Values] bool packed)
    {
        using VirtqueueUnderTest test = Create(packed);
        test.Driver.AddTransmit([1]);
        test.Take();
        uint after = test.Queue.Position;
        test.Driver.Offer(0, 16, 0, 0);
        test.AssertBroken(RingFault.BadAddress);

        test.Queue.Return(test.Driver.Outstanding.First().Id, 1, 0);
        Assert.That(test.Queue.Publish(), Is.True);
        Assert.That(test.Queue.Position, Is.EqualTo(after));
        Assert.That(test.Queue.Base & 0xFFFF, Is.EqualTo(after));
    }
}
