// <sys/mman.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

public static unsafe partial class LibC
{
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_SHARED = 1;
    public const uint MFD_CLOEXEC = 1;
    public const uint MFD_ALLOW_SEALING = 2;
    public const uint MFD_HUGETLB = 4;

    public static void* MAP_FAILED => (void*)-1;

    [LibraryImport(libc, SetLastError = true)]
    public static partial void* mmap(void* addr, nuint length, int prot, int flags, int fd, nint offset);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int munmap(void* addr, nuint length);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int memfd_create(byte* name, uint flags);
}
