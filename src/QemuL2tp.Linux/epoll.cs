// <sys/epoll.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

public static unsafe partial class LibC
{
    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;
    public const uint EPOLLIN = 0x1;
    public const uint EPOLLOUT = 0x4;
    public const uint EPOLLERR = 0x8;
    public const uint EPOLLHUP = 0x10;
    public const uint EPOLLRDHUP = 0x2000;

    private static readonly bool s_isPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Size of <c>struct epoll_event</c> in bytes; it is packed on x86-64 and nowhere else.</summary>
    public static readonly int sizeof_epoll_event = s_isPacked ? 12 : 16;

    /// <summary>Offset in bytes of <c>epoll_event.data</c>; <c>epoll_event.events</c> is a uint at 0.</summary>
    public static readonly int offsetof_epoll_event_data = s_isPacked ? 4 : 8;

    [LibraryImport(libc, SetLastError = true)]
    public static partial int epoll_create1(int flags);

    /// <param name="ev">A <c>struct epoll_event</c>, see <see cref="sizeof_epoll_event"/>.</param>
    [LibraryImport(libc, SetLastError = true)]
    public static partial int epoll_ctl(int epfd, int op, int fd, void* ev);

    /// <param name="events">An array of <c>struct epoll_event</c>, see <see cref="sizeof_epoll_event"/>.</param>
    [LibraryImport(libc, SetLastError = true)]
    public static partial int epoll_wait(int epfd, void* events, int maxevents, int timeout);
}
