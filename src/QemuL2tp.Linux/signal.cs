// <signal.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

public static unsafe partial class LibC
{
    public const int SIGHUP = 1;
    public const int SIGPIPE = 13;
    public const int SIGTERM = 15;

    /// <summary>The form that takes <see cref="SIG_DFL"/>.</summary>
    [LibraryImport(libc, SetLastError = true)]
    public static partial void* signal(int signum, void* handler);

    /// <summary>A null pointer: what the signal does by itself.</summary>
    public static void* SIG_DFL => null;
}
