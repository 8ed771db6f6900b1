// <netdb.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

[StructLayout(LayoutKind.Sequential)]
public unsafe struct addrinfo
{
    public int ai_flags;
    public int ai_family;
    public int ai_socktype;
    public int ai_protocol;
    public uint ai_addrlen;
    public sockaddr* ai_addr;
    public byte* ai_canonname;
    public addrinfo* ai_next;
}

public static unsafe partial class LibC
{
    public const int AI_PASSIVE = 1;

    [LibraryImport(libc)]
    public static partial int getaddrinfo(byte* node, byte* service, addrinfo* hints, addrinfo** res);

    [LibraryImport(libc)]
    public static partial void freeaddrinfo(addrinfo* res);

    [LibraryImport(libc)]
    public static partial byte* gai_strerror(int errcode);
}
