// <netdb.h>
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace QemuL2tp.Linux;

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

public static unsafe partial class Glibc
{
    public const int AI_PASSIVE = 1;
    public const int AI_NUMERICHOST = 4;

    [LibraryImport(libc)]
    public static partial int getaddrinfo(byte* node, byte* service, addrinfo* hints, addrinfo** res);

    [LibraryImport(libc)]
    public static partial void freeaddrinfo(addrinfo* res);

    [LibraryImport(libc)]
    public static partial byte* gai_strerror(int errcode);

    /// <summary>The addresses that the resolver gives, in its order.</summary>
    /// <param name="node">Host name or address; null for the wildcard address (with <see cref="AI_PASSIVE"/>) or loopback.</param>
    /// <param name="service">Port number or service name; null for port 0.</param>
    /// <param name="hints">Family, socket type, protocol and flags wanted.</param>
    /// <param name="error">What <c>gai_strerror</c> says, when there is none.</param>
    /// <returns>The bytes of a <c>sockaddr</c> each; none when it fails.</returns>
    public static byte[][] getaddrinfo(string? node, string? service, addrinfo hints, out string error)
    {
        byte* nodeText = (byte*)Marshal.StringToCoTaskMemUTF8(node);
        byte* serviceText = (byte*)Marshal.StringToCoTaskMemUTF8(service);
        addrinfo* result = null;
        try
        {
            int status = getaddrinfo(nodeText, serviceText, &hints, &result);
            error = status == 0 ? "" : Marshal.PtrToStringUTF8((nint)gai_strerror(status)) ?? "";
            List<byte[]> addresses = [];
            for (addrinfo* each = result; each != null; each = each->ai_next)
                addresses.Add(new ReadOnlySpan<byte>(each->ai_addr, (int)each->ai_addrlen).ToArray());
            return [.. addresses];
        }
        finally
        {
            if (result != null)
                freeaddrinfo(result);
            Marshal.FreeCoTaskMem((nint)nodeText);
            Marshal.FreeCoTaskMem((nint)serviceText);
        }
    }
}
