// <poll.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

[StructLayout(LayoutKind.Sequential)]
public struct pollfd
{
    public int fd;
    public short events;
    public short revents;
}

public static unsafe partial class LibC
{
    public const short POLLIN = 0x1;
    public const short POLLRDHUP = 0x2000;

    [LibraryImport(libc, SetLastError = true)]
    public static partial int poll(pollfd* fds, nuint nfds, int timeout);
}
