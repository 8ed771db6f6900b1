// <sys/socket.h>
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tmds.Linux;

[StructLayout(LayoutKind.Sequential)]
public unsafe struct sockaddr
{
    public ushort sa_family;
    public fixed byte sa_data[14];
}

/// <summary>Room for any socket address, 128 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct sockaddr_storage
{
    public ushort ss_family;
    private readonly ulong _align;
}

[StructLayout(LayoutKind.Sequential)]
public unsafe struct msghdr
{
    public void* msg_name;
    public uint msg_namelen;
    public iovec* msg_iov;
    public nuint msg_iovlen;
    public void* msg_control;
    public nuint msg_controllen;
    public int msg_flags;
}

[StructLayout(LayoutKind.Sequential)]
public struct mmsghdr
{
    public msghdr msg_hdr;
    public uint msg_len;
}

[StructLayout(LayoutKind.Sequential)]
public struct cmsghdr
{
    public nuint cmsg_len;
    public int cmsg_level;
    public int cmsg_type;
}

public static unsafe partial class LibC
{
    public const int AF_UNSPEC = 0;
    public const int AF_UNIX = 1;
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;

    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_RAW = 3;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SHUT_RDWR = 2;

    public const int SOL_SOCKET = 1;
    public const int SO_REUSEADDR = 2;
    public const int SO_TYPE = 3;
    public const int SO_ERROR = 4;
    public const int SO_SNDBUF = 7;
    public const int SO_RCVBUF = 8;
    public const int SO_ACCEPTCONN = 30;
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int SO_DOMAIN = 39;
    public const int SO_RXQ_OVFL = 40;

    public const int SCM_RIGHTS = 1;

    public const int MSG_CTRUNC = 0x8;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_ERRQUEUE = 0x2000;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;

    [LibraryImport(libc, SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int socketpair(int domain, int type, int protocol, int* sv);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int bind(int sockfd, sockaddr* addr, uint addrlen);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int listen(int sockfd, int backlog);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int shutdown(int sockfd, int how);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int accept4(int sockfd, sockaddr* addr, uint* addrlen, int flags);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int connect(int sockfd, sockaddr* addr, uint addrlen);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int getsockname(int sockfd, sockaddr* addr, uint* addrlen);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int getpeername(int sockfd, sockaddr* addr, uint* addrlen);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int getsockopt(int sockfd, int level, int optname, void* optval, uint* optlen);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int setsockopt(int sockfd, int level, int optname, void* optval, uint optlen);

    [LibraryImport(libc, SetLastError = true)]
    public static partial nint sendmsg(int sockfd, msghdr* msg, int flags);

    [LibraryImport(libc, SetLastError = true)]
    public static partial nint recvmsg(int sockfd, msghdr* msg, int flags);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int sendmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int recvmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags, void* timeout);

    /// <summary>The C macro: payload of a control message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* CMSG_DATA(cmsghdr* cmsg) => (byte*)(cmsg + 1);
}
