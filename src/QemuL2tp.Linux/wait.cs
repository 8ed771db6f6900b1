// <sys/wait.h>
using System.Runtime.InteropServices;

namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    [LibraryImport(libc, SetLastError = true)]
    public static partial int waitpid(int pid, int* wstatus, int options);
}
