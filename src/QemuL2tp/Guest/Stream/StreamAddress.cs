using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Stream;

/// <summary>A front end's unix or inet address as bytes of a <c>sockaddr</c>.</summary>
internal sealed record StreamAddress(int Family, byte[] Bytes, string Description)
{
    private const int MaxPathLength = 107;

    /// <exception cref="UserErrorException">The address is too long or does not resolve.</exception>
    public static StreamAddress From(UnixFrontendAddress unix)
    {
        byte[] path = Encoding.UTF8.GetBytes(unix.Path);
        if (path.Length is 0 or > MaxPathLength)
            throw new UserErrorException($"UNIX socket path '{unix.Path}' must have 1 to {MaxPathLength} bytes", "choose a shorter addr.path");

        // tight=off: the name is padded with zero bytes to the size of sun_path.
        int nameLength = unix.Abstract ? (unix.Tight ? path.Length + 1 : MaxPathLength + 1) : path.Length + 1;
        byte[] bytes = new byte[sizeof(ushort) + nameLength];
        bytes[0] = AF_UNIX;
        path.CopyTo(bytes, sizeof(ushort) + (unix.Abstract ? 1 : 0));
        return new StreamAddress(AF_UNIX, bytes, unix.Abstract ? "@" + unix.Path : unix.Path);
    }

    /// <exception cref="UserErrorException">The address does not resolve.</exception>
    public static StreamAddress From(InetFrontendAddress inet)
    {
        if (!ushort.TryParse(inet.Port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            throw new UserErrorException($"addr.port={inet.Port} is not a port number", "write a number from 1 to 65535");
        IPEndPoint endPoint = new(Resolve(inet), port);
        SocketAddress serialized = endPoint.Serialize();
        return new StreamAddress((int)endPoint.AddressFamily == (int)AddressFamily.InterNetworkV6 ? AF_INET6 : AF_INET, serialized.Buffer.Span[..serialized.Size].ToArray(), endPoint.ToString());
    }

    private static IPAddress Resolve(InetFrontendAddress inet)
    {
        if (inet.Host.Length == 0)
            return inet.IPv4 == false || inet.IPv6 == true ? IPAddress.IPv6Any : IPAddress.Any;
        IPAddress[] addresses;
        try
        {
            addresses = Dns.GetHostAddresses(inet.Host);
        }
        catch (SocketException e)
        {
            throw new UserErrorException($"address resolution failed for {inet.Host}:{inet.Port}: {e.Message}", "addr.host must be an address or a name that resolves");
        }

        bool wantsIPv4 = inet.IPv4 ?? inet.IPv6 != true;
        bool wantsIPv6 = inet.IPv6 ?? inet.IPv4 != true;
        return Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetworkV6 ? wantsIPv6 : wantsIPv4)
            ?? throw new UserErrorException($"address resolution failed for {inet.Host}:{inet.Port}: no address of the wanted family", "check addr.ipv4 and addr.ipv6");
    }
}
