using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Guest.VhostUser.Memory;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed unsafe class GuestMemoryTests : IDisposable
{
    private const ulong User = 0x7f00_0000_0000;

    private readonly GuestMemory _memory = new();
    private readonly MemoryFile _file = new(0x10000);

    public void Dispose()
    {
        _memory.Dispose();
        Assert.That(_file.OtherDescriptors, Is.Zero, "descriptors left");
        Assert.That(_file.OtherMappings, Is.Zero, "mappings left");
        _file.Dispose();
    }

    [Test]
    public void A_region_is_found_by_both_of_its_addresses()
    {
        Assert.That(Add(new MemoryRegion(0x10_0000, 0x2000, User, 0x3000)), Is.Null);
        _file.Bytes[0x3000 + 0x123] = 77;

        Assert.That(_memory.Translate(0x10_0123, 16, out byte* host), Is.EqualTo(16));
        byte* user = _memory.FromUserAddress(User + 0x123, 16, out ulong guestAddress, out _);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(*host, Is.EqualTo(77));
            Assert.That(user == host);
            Assert.That(guestAddress, Is.EqualTo(0x10_0123));
        }
    }

    [TestCase(0x0ffful, 1u, 0u)]
    [TestCase(0x1000ul, 1u, 1u)]
    [TestCase(0x1ffful, 1u, 1u)]
    [TestCase(0x1ffful, 2u, 1u)]
    [TestCase(0x1000ul, 0x1000u, 0x1000u)]
    [TestCase(0x1000ul, uint.MaxValue, 0x1000u)]
    [TestCase(0x2000ul, 1u, 0u)]
    [TestCase(0x0ul, 1u, 0u)]
    [TestCase(ulong.MaxValue, uint.MaxValue, 0u)]
    public void Translation_ends_where_the_region_ends(ulong address, uint length, uint expected)
    {
        Add(new MemoryRegion(0x1000, 0x1000, User, 0));

        Assert.That(_memory.Translate(address, length, out byte* host), Is.EqualTo(expected));
        Assert.That(host != null, Is.EqualTo(expected != 0));
    }

    [TestCase(User - 1, 1ul, false)]
    [TestCase(User, 0x1000ul, true)]
    [TestCase(User, 0x1001ul, false)]
    [TestCase(User + 0xfff, 1ul, true)]
    [TestCase(User + 0xfff, ulong.MaxValue, false)]
    [TestCase(User + 0x1000, 1ul, false)]
    [TestCase(0x1000ul, 1ul, false)]
    public void V_7_a_range_by_user_address_lies_in_one_region_as_a_whole(ulong address, ulong length, bool isThere)
    {
        Add(new MemoryRegion(0x1000, 0x1000, User, 0));

        Assert.That(_memory.FromUserAddress(address, length, out _, out _) != null, Is.EqualTo(isThere));
    }

    [Test]
    public void V_7_two_regions_side_by_side_are_not_one_piece()
    {
        Add(new MemoryRegion(0x1000, 0x1000, User, 0));
        Add(new MemoryRegion(0x2000, 0x1000, User + 0x1000, 0x1000));

        Assert.That(_memory.FromUserAddress(User + 0xf00, 0x200, out _, out _) == null);
        Assert.That(_memory.Translate(0x1f00, 0x200, out _), Is.EqualTo(0x100));
    }

    [Test]
    public void The_last_hit_gives_way_to_other_regions()
    {
        for (uint i = 0; i < 8; i++)
        {
            // In an order that is not that of the addresses.
            uint place = i * 5 % 8;
            _file.Bytes[(int)place * 0x1000] = (byte)place;
            Assert.That(Add(new MemoryRegion(0x10000 + (place * 0x2000), 0x1000, User + (place * 0x2000), place * 0x1000)), Is.Null);
        }

        for (uint i = 0; i < 64; i++)
        {
            uint place = i * 3 % 8;
            Assert.That(_memory.Translate(0x10000 + (place * 0x2000), 1, out byte* host), Is.EqualTo(1));
            Assert.That(*host, Is.EqualTo(place));
            Assert.That(_memory.Translate(0x11000 + (place * 0x2000), 1, out _), Is.Zero, "the gap behind it");
        }
    }

    [Test]
    public void V_6_a_region_of_no_bytes_is_refused() =>
        Assert.That(Add(new MemoryRegion(0, 0, User, 0)), Does.Contain("size 0x0"));

    [TestCase(0x10001ul, 0ul)]
    [TestCase(0x1000ul, 0xf001ul)]
    [TestCase(1ul, 0x10000ul)]
    [TestCase(1ul << 60, 0ul)]
    public void V_6_a_region_larger_than_the_file_is_refused(ulong size, ulong offset) =>
        Assert.That(Add(new MemoryRegion(0, size, User, offset)), Does.Contain("file's length 0x10000"));

    [TestCase(0x1000ul, ulong.MaxValue)]
    [TestCase(ulong.MaxValue, 1ul)]
    [TestCase(1ul << 63, 0ul)]
    [TestCase(0x1000ul, (1ul << 63) - 1)]
    public void V_6_size_and_offset_that_overflow_are_refused(ulong size, ulong offset) =>
        Assert.That(Add(new MemoryRegion(0, size, User, offset)), Does.Contain("no piece of a file"));

    [Test]
    public void V_6_a_size_that_no_process_can_map_is_refused()
    {
        using var sparse = new MemoryFile(0);
        Assert.That(sparse.Truncate(1L << 62), Is.True);

        Assert.That(_memory.Add(new MemoryRegion(0, 1UL << 62, User, 0), sparse.Duplicate()), Does.Contain("cannot be mapped"));
        Assert.That(sparse.OtherDescriptors, Is.Zero);
    }

    [TestCase(ulong.MaxValue - 0xffe, User)]
    [TestCase(0ul, ulong.MaxValue - 0xffe)]
    public void V_6_addresses_beyond_the_end_of_the_address_space_are_refused(ulong guestAddress, ulong userAddress) =>
        Assert.That(Add(new MemoryRegion(guestAddress, 0x1000, userAddress, 0)), Does.Contain("beyond 64 bits"));

    [Test]
    public void V_6_the_last_page_of_the_address_space_can_be_used()
    {
        Assert.That(Add(new MemoryRegion(ulong.MaxValue - 0xfff, 0x1000, ulong.MaxValue - 0xfff, 0)), Is.Null);
        Assert.That(_memory.Translate(ulong.MaxValue, 2, out _), Is.EqualTo(1));
        Assert.That(_memory.FromUserAddress(ulong.MaxValue, 2, out _, out _) == null);
    }

    [Test]
    public void V_6_unaligned_addresses_sizes_and_offsets_are_mapped()
    {
        _file.Bytes[0x1235] = 5;

        Assert.That(Add(new MemoryRegion(0x333, 0x777, User + 1, 0x1234)), Is.Null);
        Assert.That(_memory.Translate(0x334, 0x10000, out byte* host), Is.EqualTo(0x776));
        Assert.That(*host, Is.EqualTo(5));
    }

    [Test]
    public void A_region_in_huge_pages_is_mapped_and_unmapped_in_whole_pages()
    {
        using var huge = new MemoryFile(8 << 20, isHuge: true);
        huge.Bytes[0x20_1000] = 5;

        Assert.That(_memory.Add(new MemoryRegion(0x1000, 0x2000, User, 0x20_1000), huge.Duplicate()), Is.Null);
        Assert.That(_memory.Translate(0x1000, 0x10000, out byte* host), Is.EqualTo(0x2000));
        Assert.That(*host, Is.EqualTo(5));
        _memory.Clear();
        Assert.That((huge.OtherMappings, huge.OtherDescriptors), Is.EqualTo((0, 0)));
    }

    [TestCase(0x1000ul, 0x1000ul, ExpectedResult = true, Description = "same guest addresses")]
    [TestCase(0x1ffful, 0x10000ul, ExpectedResult = true, Description = "one byte of guest addresses")]
    [TestCase(0x1ul, 0x10000ul, ExpectedResult = true, Description = "one byte of guest addresses, before")]
    [TestCase(0x2000ul, 0x10000ul, ExpectedResult = false)]
    [TestCase(0x0ul, 0x10000ul, ExpectedResult = false)]
    [TestCase(0x20000ul, 0xffful, ExpectedResult = true, Description = "one byte of user addresses")]
    [TestCase(0x20000ul, 0x1000ul, ExpectedResult = false)]
    public bool V_6_overlapping_regions_are_refused(ulong guestAddress, ulong userOffset)
    {
        Add(new MemoryRegion(0x1000, 0x1000, User, 0));

        return Add(new MemoryRegion(guestAddress, 0x1000, User + userOffset, 0))?.Contains("overlaps", StringComparison.Ordinal) == true;
    }

    [Test]
    public void V_6_a_region_inside_of_another_and_around_it_are_refused()
    {
        Add(new MemoryRegion(0x2000, 0x2000, User, 0));

        Assert.That(Add(new MemoryRegion(0x2800, 0x100, User + 0x10_0000, 0)), Does.Contain("overlaps"));
        Assert.That(Add(new MemoryRegion(0x1000, 0x8000, User + 0x10_0000, 0)), Does.Contain("overlaps"));
        Assert.That(_memory.Count, Is.EqualTo(1));
    }

    [Test]
    public void V_6_more_regions_than_there_are_slots_are_refused()
    {
        for (uint i = 0; i < GuestMemory.MaxRegions; i++)
            Assert.That(Add(new MemoryRegion(i * 0x1000, 0x1000, User + (i * 0x1000), 0)), Is.Null);

        Assert.That(Add(new MemoryRegion(0x100_0000, 0x1000, User + 0x100_0000, 0)), Does.Contain("256 regions already"));
        Assert.That(Add(new MemoryRegion(0, 0x1000, User, 0x1000)), Is.Null, "in place of one that is there");
    }

    [Test]
    public void V_6_only_regular_files_are_mapped([Values] WrongFile kind)
    {
        int descriptor = kind.Open();

        Assert.That(_memory.Add(new MemoryRegion(0, 0x1000, User, 0), descriptor), Does.Contain("not a regular file"));
        Assert.That(LibC.fcntl(descriptor, LibC.F_GETFD, 0), Is.Negative, "left open");
    }

    [Test]
    public void V_6_a_file_that_may_only_be_read_is_mapped_to_be_read()
    {
        _file.Bytes[0x1000] = 7;
        Assert.That(Add(new MemoryRegion(0, 0x1000, User, 0)), Is.Null);
        Assert.That(_memory.HasReadOnly, Is.False);
        MemoryRegion region = new(0x1000, 0x1000, User + 0x1000, 0x1000);
        Assert.That(_memory.Add(region, _file.OpenReadOnly()), Is.Null);

        Assert.That(_memory.Translate(0x1000, 1, out byte* host), Is.EqualTo(1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(*host, Is.EqualTo(7));
            Assert.That((_memory.IsWritable(0xfff), _memory.IsWritable(0x1000), _memory.IsWritable(0x2000)), Is.EqualTo((true, false, false)));
            Assert.That(_memory.FromUserAddress(User, 1, out _, out bool isFirstWritable) != null && isFirstWritable, Is.True);
            Assert.That(_memory.FromUserAddress(User + 0x1000, 1, out _, out bool isSecondWritable) != null && !isSecondWritable, Is.True);
            Assert.That(_memory.HasReadOnly, Is.True);
        }

        Assert.That(Add(region), Is.Null, "the same, and now it may be written to");
        Assert.That((_memory.IsWritable(0x1000), _memory.HasReadOnly), Is.EqualTo((true, false)));
    }

    [Test]
    public void V_6_a_file_that_may_only_be_written_is_refused()
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle($"/proc/self/fd/{_file.Descriptor}", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        int descriptor = LibC.fcntl((int)file.DangerousGetHandle(), LibC.F_DUPFD_CLOEXEC, 0);

        Assert.That(_memory.Add(new MemoryRegion(0, 0x1000, User, 0), descriptor), Does.Contain("cannot be mapped: Permission denied"));
    }

    [Test]
    public void Memory_is_blank_until_somebody_writes_to_a_page_of_it()
    {
        Add(new MemoryRegion(0, 0x3333, User, 0x1111));
        _memory.Add(new MemoryRegion(0x10000, 0x1000, User + 0x10000, 0x8000), _file.OpenReadOnly());
        Assert.That(_memory.IsBlank(), Is.True);
        _file.Bytes[0x8000] = 1;
        Assert.That(_memory.IsBlank(), Is.True, "what may only be read says nothing");
        _file.Bytes[0x4443] = 1;
        Assert.That(_memory.IsBlank(), Is.False);
        _memory.Clear();
        Assert.That(_memory.HasReadOnly, Is.False);
    }

    [Test]
    public void Looking_for_what_was_written_makes_no_pages()
    {
        const int Size = 256 << 20;
        using var large = new MemoryFile(Size);
        _memory.Add(new MemoryRegion(0, Size, User, 0), large.Duplicate());
        Assert.That(_memory.IsBlank(), Is.True);
        Assert.That(large.Pages, Is.Zero);
        large.Bytes[Size - 1] = 1;
        Assert.That(_memory.IsBlank(), Is.False, "the only page there is");
        _memory.Clear();
    }

    [Test]
    public void Looking_for_what_was_written_ends_soon([Values] bool hasPages)
    {
        const int Size = 1 << 30;
        using var large = new MemoryFile(Size);
        _memory.Add(new MemoryRegion(0, Size, User, 0), large.Duplicate());
        for (int at = 0; hasPages && at < 8 << 20; at += Environment.SystemPageSize)
            large.Bytes[at] = 0;
        large.Bytes[hasPages ? 8 << 20 : Size - 1] = 1;
        Assert.That(_memory.IsBlank(), Is.True, "that is beyond what is looked at");
        large.Bytes[3 << 20] = 1;
        Assert.That(_memory.IsBlank(), Is.False);
        _memory.Clear();
    }

    [Test]
    public void V_3_an_identical_region_keeps_its_mapping()
    {
        MemoryRegion region = new(0x1000, 0x1000, User, 0x1000);
        Add(region);
        _memory.Translate(0x1000, 1, out byte* before);

        for (int i = 0; i < 10; i++)
            Assert.That(Add(region), Is.Null);

        _memory.Translate(0x1000, 1, out byte* after);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after == before);
            Assert.That(_memory.Count, Is.EqualTo(1));
            Assert.That(_file.OtherMappings, Is.EqualTo(1));
            Assert.That(_file.OtherDescriptors, Is.Zero);
        }
    }

    [Test]
    public void V_8_the_same_addresses_in_another_file_are_a_new_region()
    {
        MemoryRegion region = new(0x1000, 0x1000, User, 0);
        using var other = new MemoryFile(0x1000);
        other.Bytes[0] = 9;
        Add(region);
        _memory.Translate(0x1000, 1, out _);

        Assert.That(_memory.Add(region, other.Duplicate()), Is.Null);

        _memory.Translate(0x1000, 1, out byte* host);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(*host, Is.EqualTo(9));
            Assert.That(_file.OtherMappings, Is.Zero);
            Assert.That(other.OtherMappings, Is.EqualTo(1));
        }

        _memory.Clear();
        Assert.That(other.OtherMappings, Is.Zero);
    }

    [Test]
    public void V_8_the_same_addresses_at_another_offset_are_a_new_region()
    {
        _file.Bytes[0x2000] = 9;
        Add(new MemoryRegion(0x1000, 0x1000, User, 0));

        Assert.That(Add(new MemoryRegion(0x1000, 0x1000, User, 0x2000)), Is.Null);

        _memory.Translate(0x1000, 1, out byte* host);
        Assert.That(*host, Is.EqualTo(9));
        Assert.That(_file.OtherMappings, Is.EqualTo(1));
    }

    [Test]
    public void V_8_a_region_that_was_removed_is_not_found_any_more()
    {
        MemoryRegion region = new(0x1000, 0x1000, User, 0x1000);
        Add(region);
        _memory.Translate(0x1000, 1, out _);

        Assert.That(_memory.Remove(region with { FileOffset = 0 }), Is.True, "QEMU does not repeat the offset");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_memory.Translate(0x1000, 1, out _), Is.Zero);
            Assert.That(_memory.FromUserAddress(User, 1, out _, out _) == null);
            Assert.That(_file.OtherMappings, Is.Zero);
            Assert.That(_memory.Remove(region), Is.False);
        }
    }

    [Test]
    public void V_8_only_a_region_that_agrees_in_all_numbers_is_removed()
    {
        MemoryRegion region = new(0x1000, 0x1000, User, 0);
        Add(region);

        Assert.That(_memory.Remove(region with { Size = 0x800 }), Is.False);
        Assert.That(_memory.Remove(region with { GuestAddress = 0 }), Is.False);
        Assert.That(_memory.Remove(region with { UserAddress = User + 1 }), Is.False);
        Assert.That(_memory.Count, Is.EqualTo(1));
    }

    [Test]
    public void V_3_tables_put_in_place_of_one_another_leave_nothing()
    {
        for (int round = 0; round < 100; round++)
        {
            _memory.Clear();
            for (uint i = 0; i < 4; i++)
                Add(new MemoryRegion(i * 0x1000, 0x1000, User + (i * 0x1000), i * 0x1000));
        }

        Assert.That(_file.OtherMappings, Is.EqualTo(4));
    }

    [Test]
    public void Translation_allocates_nothing()
    {
        using var unsealable = new MemoryFile(0x4000, isSealable: false);
        _memory.Add(new MemoryRegion(0, 0x1000, User, 0), unsealable.Duplicate());
        _memory.Add(new MemoryRegion(0x2000, 0x1000, User + 0x2000, 0), unsealable.Duplicate());
        uint found = Translate(10);

        long before = GC.GetAllocatedBytesForCurrentThread();
        found += Translate(10_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(found, Is.EqualTo(10_010));
        _memory.Clear();
    }

    private uint Translate(int rounds)
    {
        uint found = 0;
        for (int i = 0; i < rounds && _memory.IsWhole(); i++)
            found += _memory.Translate(i % 2 == 0 ? 0u : 0x2000u, 1, out _);
        return found;
    }

    private string? Add(MemoryRegion region) => _memory.Add(region, _file.Duplicate());
}
