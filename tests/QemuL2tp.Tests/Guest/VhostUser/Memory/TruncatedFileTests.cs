using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Guest.VhostUser.Memory;

/// <summary>Files that the front end makes shorter while they are mapped.</summary>
public class TruncatedFileTests
{
    private static readonly MemoryRegion s_region = new(0, 0x1000, 0x7f00_0000_0000, 0x1000);

    [Test]
    public void R_19_a_file_that_can_be_sealed_cannot_be_made_shorter()
    {
        using var file = new MemoryFile(0x2000);
        using var memory = new GuestMemory();

        Assert.That(memory.Add(s_region, file.Duplicate()), Is.Null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Seals & LibC.F_SEAL_SHRINK, Is.Not.Zero);
            Assert.That(file.Truncate(0), Is.False);
            Assert.That(file.OtherDescriptors, Is.Zero, "nothing is to be watched");
            Assert.That(memory.IsWhole(), Is.True);
        }
    }

    [Test]
    public void R_19_a_file_that_is_sealed_already_is_not_watched()
    {
        using var file = new MemoryFile(0x2000);
        using var memory = new GuestMemory();
        _ = LibC.fcntl(file.Descriptor, LibC.F_ADD_SEALS, LibC.F_SEAL_SHRINK | LibC.F_SEAL_SEAL);

        Assert.That(memory.Add(s_region, file.Duplicate()), Is.Null);

        Assert.That(file.OtherDescriptors, Is.Zero);
    }

    [Test]
    public void R_19_a_file_that_cannot_be_sealed_is_watched()
    {
        using var file = new MemoryFile(0x3000, isSealable: false);
        using var memory = new GuestMemory();

        Assert.That(memory.Add(s_region, file.Duplicate()), Is.Null);

        Assert.That(file.OtherDescriptors, Is.EqualTo(1));
        Assert.That(memory.IsWhole(), Is.True);
        file.Truncate(0x2000);
        Assert.That(memory.IsWhole(), Is.True, "all that was mapped is there");
        file.Truncate(0x1fff);
        Assert.That(memory.IsWhole(), Is.False);
        memory.Clear();
        Assert.That(memory.IsWhole(), Is.True);
        Assert.That(file.OtherDescriptors, Is.Zero);
    }

    [Test]
    public void R_19_a_file_is_not_watched_after_its_region_was_removed()
    {
        using var file = new MemoryFile(0x2000, isSealable: false);
        using var memory = new GuestMemory();
        memory.Add(s_region, file.Duplicate());

        memory.Remove(s_region);
        file.Truncate(0);

        Assert.That(memory.IsWhole(), Is.True);
        Assert.That(file.OtherDescriptors, Is.Zero);
    }

    [Test]
    public void R_19_the_log_of_writes_is_sealed_or_watched([Values] bool isSealable)
    {
        using var file = new MemoryFile(0x1000, isSealable);
        using DirtyLog log = DirtyLog.TryMap(0x1000, 0, file.Duplicate(), out _)!;

        log.Mark(0, 1);
        Assert.That(file.Bytes[0], Is.EqualTo(1));
        Assert.That(file.Truncate(0), Is.Not.EqualTo(isSealable));
        log.Mark(0x1000, 1);
        if (isSealable)
            Assert.That(file.Bytes[0], Is.EqualTo(3));
    }
}
