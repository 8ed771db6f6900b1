// <sys/eventfd.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

public static unsafe partial class LibC
{
    public const int EFD_CLOEXEC = 0x80000;
    public const int EFD_NONBLOCK = 0x800;

    [LibraryImport(libc, SetLastError = true)]
    public static partial int eventfd(uint initval, int flags);
}
