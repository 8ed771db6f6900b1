using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Network;

/// <summary>An IPv4 or IPv6 address and port in the kernel's layout, in memory that does not move.</summary>
internal sealed unsafe class SocketAddress : IDisposable
{
    private readonly byte* _bytes;

    private SocketAddress(byte[] address)
    {
        Length = (uint)address.Length;
        _bytes = (byte*)NativeMemory.AllocZeroed((nuint)sizeof(sockaddr_storage));
        address.CopyTo(new Span<byte>(_bytes, sizeof(sockaddr_storage)));
    }

    public sockaddr* Pointer => (sockaddr*)_bytes;

    /// <summary>Bytes of the address, 16 or 28.</summary>
    public uint Length { get; }

    /// <summary>The first address that the resolver gives, as QEMU takes it.</summary>
    /// <param name="error">What <c>gai_strerror</c> says, when null is returned.</param>
    public static SocketAddress? Resolve(string host, string? port, bool isIPv6, int socketType, int protocol, out string error)
    {
        addrinfo hints = new()
        {
            ai_family = isIPv6 ? AF_INET6 : AF_INET,
            ai_socktype = socketType,
            ai_protocol = protocol,
        };
        byte[]? address = getaddrinfo(host, port, hints, out error);
        return address is null ? null : new SocketAddress(address);
    }

    /// <summary>True when the kernel reports this very address and port as the sender. A scope counts only if we name one.</summary>
    /// <param name="other">A <c>sockaddr_in</c> or <c>sockaddr_in6</c> of our family.</param>
    public bool IsSameEndpoint(byte* other)
    {
        // Family, port and IPv4 address are the first eight bytes; raw sockets report port 0 and we hold port 0.
        if (Pointer->sa_family == AF_INET)
            return *(ulong*)_bytes == *(ulong*)other;
        var ours = (sockaddr_in6*)_bytes;
        var theirs = (sockaddr_in6*)other;
        return ours->sin6_port == theirs->sin6_port
            && *(ulong*)ours->sin6_addr == *(ulong*)theirs->sin6_addr
            && *(ulong*)(ours->sin6_addr + 8) == *(ulong*)(theirs->sin6_addr + 8)
            && (ours->sin6_scope_id == 0 || ours->sin6_scope_id == theirs->sin6_scope_id);
    }

    /// <summary>True for 0.0.0.0 and ::, which stand for every address of this host.</summary>
    /// <param name="address">A <c>sockaddr_in</c> or <c>sockaddr_in6</c>.</param>
    public static bool IsAny(byte* address)
    {
        if (((sockaddr*)address)->sa_family == AF_INET)
            return ((uint*)address)[1] == 0;
        ulong* halves = (ulong*)((sockaddr_in6*)address)->sin6_addr;
        return halves[0] == 0 && halves[1] == 0;
    }

    public override string ToString() => Format(_bytes);

    /// <summary><c>10.0.0.1:17001</c> or <c>[fd00::1]:17001</c>; without the port where that is 0.</summary>
    public static string Format(byte* address)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(address + 2, 2));
        bool isIPv6 = ((sockaddr*)address)->sa_family == AF_INET6;
        IPAddress ip = isIPv6
            ? new IPAddress(new ReadOnlySpan<byte>(((sockaddr_in6*)address)->sin6_addr, 16), ((sockaddr_in6*)address)->sin6_scope_id)
            : new IPAddress(new ReadOnlySpan<byte>(address + 4, 4));
        return port == 0 ? ip.ToString() : new IPEndPoint(ip, port).ToString();
    }

    public void Dispose() => NativeMemory.Free(_bytes);
}
