// <sys/socket.h>
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    [LibraryImport(libc, SetLastError = true)]
    public static partial int sendmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int recvmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags, void* timeout);
}
