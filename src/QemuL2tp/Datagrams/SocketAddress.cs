using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using QemuL2tp.Linux;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>An IPv4 or IPv6 address and port, or a unix path, in the kernel's layout, in memory that does not move.</summary>
internal sealed unsafe class SocketAddress : IDisposable
{
    private readonly byte* _bytes;

    /// <param name="address">The bytes of a <c>sockaddr</c>.</param>
    public SocketAddress(ReadOnlySpan<byte> address)
    {
        Length = (uint)address.Length;
        _bytes = (byte*)NativeMemory.AllocZeroed((nuint)sizeof(sockaddr_storage));
        address.CopyTo(new Span<byte>(_bytes, sizeof(sockaddr_storage)));
    }

    public sockaddr* Pointer => (sockaddr*)_bytes;

    /// <summary>Bytes of the address: 16, 28, or as many as the path needs.</summary>
    public uint Length { get; }

    /// <summary>The number of the interface that an IPv6 address is on; 0: any, and IPv4.</summary>
    public uint Scope
    {
        get => Pointer->sa_family == AF_INET6 ? ((sockaddr_in6*)_bytes)->sin6_scope_id : 0;
        set => ((sockaddr_in6*)_bytes)->sin6_scope_id = value;
    }

    /// <summary>The first address that the resolver gives, as QEMU takes it.</summary>
    /// <param name="error">What <c>gai_strerror</c> says, when null is returned.</param>
    /// <param name="flags"><c>AI_*</c>.</param>
    public static SocketAddress? Resolve(string host, string? port, bool isIPv6, int socketType, int protocol, out string error, int flags = 0)
    {
        addrinfo hints = new()
        {
            ai_flags = flags,
            ai_family = isIPv6 ? AF_INET6 : AF_INET,
            ai_socktype = socketType,
            ai_protocol = protocol,
        };
        byte[][] addresses = getaddrinfo(host, port, hints, out error);
        return addresses.Length == 0 ? null : new SocketAddress(addresses[0]);
    }

    /// <summary>The address that a socket is bound to.</summary>
    public static SocketAddress Of(int descriptor)
    {
        sockaddr_storage local;
        socklen_t length = sizeof(sockaddr_storage);
        if (getsockname(descriptor, (sockaddr*)&local, &length) != 0)
            throw new InvalidOperationException($"getsockname failed, errno = {errno}");
        return new SocketAddress(new ReadOnlySpan<byte>(&local, (int)length));
    }

    /// <summary>True when the kernel reports this very address and port, or path, as the sender. A scope counts only if we name one.</summary>
    /// <param name="other">An address of our family.</param>
    /// <param name="length">Its bytes; 0 for a unix socket without a path.</param>
    public bool IsSameEndpoint(byte* other, uint length)
    {
        if (Pointer->sa_family == AF_UNIX)
            return length == Length && new ReadOnlySpan<byte>(other, (int)length).SequenceEqual(new ReadOnlySpan<byte>(_bytes, (int)length));
        // Family, port and IPv4 address are the first eight bytes; raw sockets report port 0 and we hold port 0.
        if (Pointer->sa_family == AF_INET)
            return *(ulong*)_bytes == *(ulong*)other;
        var ours = (sockaddr_in6*)_bytes;
        var theirs = (sockaddr_in6*)other;
        return ours->sin6_port == theirs->sin6_port
            && *(ulong*)&ours->sin6_addr == *(ulong*)&theirs->sin6_addr
            && ((ulong*)&ours->sin6_addr)[1] == ((ulong*)&theirs->sin6_addr)[1]
            && (ours->sin6_scope_id == 0 || ours->sin6_scope_id == theirs->sin6_scope_id);
    }

    /// <inheritdoc cref="HostOf"/>
    public IPAddress Host => HostOf(_bytes);

    /// <summary>The port of an IPv4 or IPv6 address.</summary>
    public ushort Port => BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(_bytes + sizeof(ushort), sizeof(ushort)));

    /// <summary>True for IPv4 224.0.0.0 to 239.255.255.255.</summary>
    public bool IsMulticast => Pointer->sa_family == AF_INET && (_bytes[4] & 0xf0) == 0xe0;

    /// <summary>True for 0.0.0.0 and ::, which stand for every address of this host.</summary>
    /// <param name="address">A <c>sockaddr_in</c> or <c>sockaddr_in6</c>.</param>
    public static bool IsAny(byte* address)
    {
        if (((sockaddr*)address)->sa_family == AF_INET)
            return ((uint*)address)[1] == 0;
        ulong* halves = (ulong*)&((sockaddr_in6*)address)->sin6_addr;
        return halves[0] == 0 && halves[1] == 0;
    }

    /// <summary>The same address in memory of its own.</summary>
    public SocketAddress Copy() => new(new ReadOnlySpan<byte>(_bytes, (int)Length));

    /// <summary>Copies the bytes, which must fit.</summary>
    /// <returns>How many.</returns>
    public int CopyTo(Span<byte> destination)
    {
        new ReadOnlySpan<byte>(_bytes, (int)Length).CopyTo(destination);
        return (int)Length;
    }

    public override string ToString() => Format(_bytes, Length);

    /// <summary><c>10.0.0.1:17001</c> or <c>[fd00::1]:17001</c>, without the port where that is 0; a path.</summary>
    /// <param name="address">The address.</param>
    /// <param name="length">Its bytes.</param>
    public static string Format(byte* address, uint length)
    {
        if (length <= sizeof(ushort))
            return "a socket without a name";
        if (((sockaddr*)address)->sa_family == AF_UNIX)
            return Encoding.UTF8.GetString(new ReadOnlySpan<byte>(address + sizeof(ushort), (int)length - sizeof(ushort))).TrimEnd('\0').Replace('\0', '@');
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(address + 2, 2));
        IPAddress ip = HostOf(address);
        return port == 0 ? ip.ToString() : new IPEndPoint(ip, port).ToString();
    }

    /// <summary>The IPv4 or IPv6 address of a <c>sockaddr</c>, without the port.</summary>
    public static IPAddress HostOf(byte* address) => ((sockaddr*)address)->sa_family == AF_INET6
        ? new IPAddress(new ReadOnlySpan<byte>(&((sockaddr_in6*)address)->sin6_addr, 16), ((sockaddr_in6*)address)->sin6_scope_id)
        : new IPAddress(new ReadOnlySpan<byte>(address + 4, 4));

    public void Dispose() => NativeMemory.Free(_bytes);
}
