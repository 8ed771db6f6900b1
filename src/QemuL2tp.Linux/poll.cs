// <poll.h>
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    /// <summary>The one of <see cref="LibC"/> does not keep the error number.</summary>
    [LibraryImport(libc, SetLastError = true)]
    public static partial int poll(pollfd* fds, nuint nfds, int timeout);
}
