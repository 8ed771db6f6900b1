// <sys/file.h>
using System.Runtime.InteropServices;

namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;

    [LibraryImport(libc, SetLastError = true)]
    public static partial int flock(int fd, int operation);
}
