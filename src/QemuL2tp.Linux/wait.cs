// <sys/wait.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

public static unsafe partial class LibC
{
    [LibraryImport(libc, SetLastError = true)]
    public static partial int waitpid(int pid, int* wstatus, int options);
}
