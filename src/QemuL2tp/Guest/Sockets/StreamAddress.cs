using System.Buffers.Binary;
using System.Net;
using System.Text;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>A front end's unix or inet address as the bytes of a <c>sockaddr</c>.</summary>
internal sealed record StreamAddress(int Family, byte[] Bytes, string Description)
{
    private const int PathSize = 108; // sizeof(sun_path)

    public static StreamAddress From(UnixFrontendAddress unix)
    {
        byte[] path = Encoding.UTF8.GetBytes(unix.Path);

        // A name begins with a zero byte and ends where the address ends; tight=off fills it up with zero bytes.
        // A path ends with a zero byte unless it fills the field.
        int nameLength = unix.Abstract && !unix.Tight ? PathSize : Math.Min(path.Length + 1, PathSize);
        byte[] bytes = new byte[sizeof(ushort) + nameLength];
        bytes[0] = (byte)AF_UNIX;
        path.CopyTo(bytes, sizeof(ushort) + (unix.Abstract ? 1 : 0));
        return new StreamAddress(AF_UNIX, bytes, unix.Abstract ? "@" + unix.Path : unix.Path);
    }

    /// <summary>All that the name stands for, in the resolver's order.</summary>
    /// <exception cref="UserErrorException">The address does not resolve.</exception>
    public static StreamAddress[] From(InetFrontendAddress inet)
    {
        List<StreamAddress> all = [];
        string error = "";
        foreach (string host in inet.Addresses ?? [inet.Host])
            all.AddRange(getaddrinfo(host.Length == 0 ? null : host, inet.Port, HintsFor(inet), out error).Select(bytes => new StreamAddress(bytes[0], bytes, EndPointOf(bytes).ToString())));
        return all.Count > 0 ? [.. all] : throw Unresolved(inet, error);
    }

    /// <summary>Address and port of a <c>sockaddr_in</c> or <c>sockaddr_in6</c>.</summary>
    public static IPEndPoint EndPointOf(ReadOnlySpan<byte> address)
    {
        var ip = address[0] == AF_INET6
            ? new IPAddress(address.Slice(8, 16), BitConverter.ToUInt32(address.Slice(24, sizeof(uint))))
            : new IPAddress(address.Slice(4, 4));
        return new IPEndPoint(ip, BinaryPrimitives.ReadUInt16BigEndian(address[2..]));
    }

    /// <summary>A place as the user has written it and what it is in numbers, unless that is the same.</summary>
    public static string Describe(InetFrontendAddress inet, string numeric)
    {
        string written = inet.Host.Contains(':', StringComparison.Ordinal) ? $"[{inet.Host}]:{inet.Port}" : $"{inet.Host}:{inet.Port}";
        return written == numeric ? numeric : $"{written} ({numeric})";
    }

    /// <summary>What the resolver is to look for.</summary>
    public static addrinfo HintsFor(InetFrontendAddress inet) => new() { ai_family = FamilyOf(inet), ai_socktype = SOCK_STREAM, ai_flags = AI_PASSIVE };

    public static UserErrorException Unresolved(InetFrontendAddress inet, string error) => new(
        $"address resolution failed for {inet.Host}:{inet.Port}: {error}",
        "addr.host must be an address or a name that resolves, addr.port a number or a service name")
    {
        Option = "addr.host",
        Value = inet.Host,
    };

    /// <summary>Neither family named: both. One switched on: that one. One switched off: the other.</summary>
    private static int FamilyOf(InetFrontendAddress inet) => inet switch
    {
        { IPv4: true, IPv6: true } or { IPv4: null, IPv6: null } => AF_UNSPEC,
        { IPv4: true } or { IPv6: false } => AF_INET,
        _ => AF_INET6,
    };
}
