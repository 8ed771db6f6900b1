// <signal.h>
using System.Runtime.InteropServices;

namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    /// <summary>The form that takes <see cref="Tmds.Linux.LibC.SIG_DFL"/>.</summary>
    [LibraryImport(libc, SetLastError = true)]
    public static partial void* signal(int signum, void* handler);
}
