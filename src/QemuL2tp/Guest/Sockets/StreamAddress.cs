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

    /// <exception cref="UserErrorException">The address does not resolve.</exception>
    public static StreamAddress From(InetFrontendAddress inet)
    {
        string host = inet.Addresses is { } addresses ? addresses[0] : inet.Host;
        byte[][] found = getaddrinfo(host.Length == 0 ? null : host, inet.Port, HintsFor(inet), out string error);
        return found.Length > 0 ? new StreamAddress(found[0][0], found[0], $"{inet.Host}:{inet.Port}") : throw Unresolved(inet, error);
    }

    /// <summary>What the resolver is to look for.</summary>
    public static addrinfo HintsFor(InetFrontendAddress inet) => new() { ai_family = FamilyOf(inet), ai_socktype = SOCK_STREAM, ai_flags = AI_PASSIVE };

    public static UserErrorException Unresolved(InetFrontendAddress inet, string error) => new(
        $"address resolution failed for {inet.Host}:{inet.Port}: {error}",
        "addr.host must be an address or a name that resolves, addr.port a number or a service name");

    /// <summary>Neither family named: both. One switched on: that one. One switched off: the other.</summary>
    private static int FamilyOf(InetFrontendAddress inet) => inet switch
    {
        { IPv4: true, IPv6: true } or { IPv4: null, IPv6: null } => AF_UNSPEC,
        { IPv4: true } or { IPv6: false } => AF_INET,
        _ => AF_INET6,
    };
}
