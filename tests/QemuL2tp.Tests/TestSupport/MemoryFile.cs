using System.Text;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A memfd of the front end, mapped here too, with a name of its own so that what others hold of it can be counted.</summary>
internal sealed unsafe class MemoryFile : IDisposable
{
    private static int _files;

    private readonly byte* _map;
    private readonly int _length;
    private readonly string _name = $"qemu-l2tp-test-{Environment.ProcessId}-{Interlocked.Increment(ref _files)}-";

    /// <param name="length">Bytes of the file.</param>
    /// <param name="isSealable">Whether others may seal it.</param>
    /// <param name="isHuge">In huge pages; the test is ignored when this machine has none.</param>
    public MemoryFile(int length, bool isSealable = true, bool isHuge = false)
    {
        _length = length;
        fixed (byte* name = Encoding.ASCII.GetBytes(_name + '\0'))
        {
            Descriptor = LibC.memfd_create(name, LibC.MFD_CLOEXEC | (isSealable ? LibC.MFD_ALLOW_SEALING : 0) | (isHuge ? LibC.MFD_HUGETLB : 0));
        }

        Assert.That(Descriptor, Is.Not.Negative, $"errno = {LibC.errno}");
        Truncate(length);
        _map = (byte*)LibC.mmap(null, (size_t)(ulong)Math.Max(length, 1), LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, Descriptor, 0);
        if (isHuge && _map == LibC.MAP_FAILED)
        {
            _ = LibC.close(Descriptor);
            Assert.Ignore("there are no huge pages; see /proc/sys/vm/nr_hugepages");
        }

        Assert.That(_map != LibC.MAP_FAILED, $"errno = {LibC.errno}");
    }

    public int Descriptor { get; }

    public Span<byte> Bytes => new(_map, _length);

    /// <summary>Seals in force.</summary>
    public int Seals => LibC.fcntl(Descriptor, LibC.F_GET_SEALS, 0);

    /// <summary>Pages that there are; those that nobody has touched are not.</summary>
    public int Pages
    {
        get
        {
            byte[] present = new byte[(_length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
            fixed (byte* vector = present)
            {
                Assert.That(LibC.mincore(_map, _length, vector), Is.Zero, $"errno = {LibC.errno}");
            }

            return present.Count(page => (page & 1) != 0);
        }
    }

    /// <summary>Descriptors of this file in this process, without the one here.</summary>
    public int OtherDescriptors =>
        Directory.GetFileSystemEntries("/proc/self/fd").Count(entry => new FileInfo(entry).LinkTarget?.Contains(_name, StringComparison.Ordinal) == true) - 1;

    /// <summary>Mappings of this file in this process, without the one here.</summary>
    public int OtherMappings =>
        File.ReadLines("/proc/self/maps").Count(line => line.Contains(_name, StringComparison.Ordinal)) - 1;

    /// <summary>Another descriptor, to be given away.</summary>
    public int Duplicate() => LibC.fcntl(Descriptor, LibC.F_DUPFD_CLOEXEC, 0);

    /// <summary>A descriptor to be given away that may only be read.</summary>
    public int OpenReadOnly()
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle($"/proc/self/fd/{Descriptor}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return LibC.fcntl((int)file.DangerousGetHandle(), LibC.F_DUPFD_CLOEXEC, 0);
    }

    public bool Truncate(long length) => LibC.ftruncate(Descriptor, length) == 0;

    public void Dispose()
    {
        _ = LibC.munmap(_map, Math.Max(_length, 1));
        _ = LibC.close(Descriptor);
    }
}
