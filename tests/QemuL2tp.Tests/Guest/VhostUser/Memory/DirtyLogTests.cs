using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Memory;

public class DirtyLogTests
{
    private const int LogBytes = 64;

    [TestCase(0ul, 1ul, new[] { 0 })]
    [TestCase(0xffful, 1ul, new[] { 0 })]
    [TestCase(0xffful, 2ul, new[] { 0, 1 })]
    [TestCase(0x1000ul, 0x1000ul, new[] { 1 })]
    [TestCase(0x7000ul, 0x2001ul, new[] { 7, 8, 9 })]
    [TestCase(0x1_f000ul, 0x2000ul, new[] { 31, 32 })]
    [TestCase(0x1_ff000ul, 0x1000ul, new[] { 511 })]
    [TestCase(0x1_ff000ul, ulong.MaxValue, new[] { 511 })]
    [TestCase(0x2_00000ul, 0x1000ul, new int[0])]
    [TestCase(ulong.MaxValue, 1ul, new int[0])]
    [TestCase(0x3000ul, 0ul, new int[0])]
    public void M_2_each_page_that_is_touched_is_marked(ulong address, ulong length, int[] pages) =>
        Assert.That(PagesMarked(0, address, length), Is.EqualTo(pages));

    [Test]
    public void M_2_the_log_begins_at_its_offset()
    {
        Assert.That(PagesMarked(8, 0x9000, 1), Is.EqualTo(new[] { 9 }));
    }

    [Test]
    public void M_2_pages_marked_are_those_of_the_bytes() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(uint Address, uint Length)>(),
            range =>
            {
                ulong address = range.Address % (LogBytes * 8 * 4096 * 2);
                ulong length = range.Length % 300_000;
                IEnumerable<int> expected = Enumerable.Range(0, LogBytes * 8)
                    .Where(page => address < (ulong)(page + 1) * 4096 && address + length > (ulong)page * 4096 && length > 0);
                return PagesMarked(0, address, length).SequenceEqual(expected);
            }).QuickCheckThrowOnFailure();

    [Test]
    public void M_2_what_was_marked_stays_marked()
    {
        using var file = new MemoryFile(LogBytes);
        using DirtyLog log = Map(file, LogBytes, 0)!;

        log.Mark(0, 1);
        log.Mark(0x3000, 1);
        log.Mark(0, 1);

        Assert.That(file.Bytes[0], Is.EqualTo(0b1001));
    }

    [TestCase(0ul, 0ul)]
    [TestCase(ulong.MaxValue - 7, 8ul)]
    [TestCase(8ul, ulong.MaxValue - 7)]
    [TestCase(1ul << 63, 1ul << 63)]
    [TestCase(0x2000ul, 0ul)]
    [TestCase(0x1000ul, 8ul)]
    [TestCase(8ul, 0x1000ul)]
    [TestCase(12ul, 0ul)]
    [TestCase(8ul, 4ul)]
    public void V_5_a_log_that_does_not_lie_in_its_file_is_refused(ulong size, ulong offset)
    {
        using var file = new MemoryFile(0x1000);

        using DirtyLog? log = DirtyLog.TryMap(size, offset, file.Duplicate(), out string? reason);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(log, Is.Null);
            Assert.That(reason, Does.Contain($"0x{size:x}"));
            Assert.That(file.OtherDescriptors, Is.Zero);
            Assert.That(file.OtherMappings, Is.Zero);
        }
    }

    [Test]
    public void V_5_the_offset_is_applied_once_and_the_last_bytes_can_be_used()
    {
        using var file = new MemoryFile(0x2000);
        using (DirtyLog log = Map(file, 0x800, 0x1800)!)
            log.Mark((0x800ul * 8 * 4096) - 1, 1);

        Assert.That(file.Bytes[0x1fff], Is.EqualTo(0x80));
        Assert.That(file.OtherMappings, Is.Zero);
    }

    private static DirtyLog? Map(MemoryFile file, ulong size, ulong offset) => DirtyLog.TryMap(size, offset, file.Duplicate(), out _);

    private static List<int> PagesMarked(int offset, ulong address, ulong length)
    {
        using var file = new MemoryFile(offset + LogBytes + 8);
        using (DirtyLog log = Map(file, LogBytes, (ulong)offset)!)
            log.Mark(address, length);
        Assert.That(file.Bytes[..offset].ContainsAnyExcept((byte)0), Is.False, "before the log");
        Assert.That(file.Bytes[(offset + LogBytes)..].ContainsAnyExcept((byte)0), Is.False, "behind the log");
        byte[] log8 = file.Bytes.Slice(offset, LogBytes).ToArray();
        return [.. Enumerable.Range(0, LogBytes * 8).Where(page => (log8[page / 8] >> (page % 8) & 1) != 0)];
    }
}
