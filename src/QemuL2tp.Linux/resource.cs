// <sys/resource.h>
using System.Runtime.InteropServices;

namespace QemuL2tp.Linux;

[StructLayout(LayoutKind.Sequential)]
public struct rlimit
{
    public ulong rlim_cur;
    public ulong rlim_max;
}

public static unsafe partial class Glibc
{
    public const int RLIMIT_NOFILE = 7;

    [LibraryImport(libc, SetLastError = true)]
    public static partial int getrlimit(uint resource, rlimit* rlim);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int setrlimit(uint resource, rlimit* rlim);
}
