using System.Globalization;
using System.Text;

namespace QemuL2tp.Options;

/// <summary>Which two ends of datagrams go together, in the order and the words of QEMU's net/dgram.c and net/socket.c.</summary>
internal static class DatagramRules
{
    /// <summary>QEMU wants a zero byte behind the path.</summary>
    private const int LongestPath = 107;

    /// <summary>The ends of <c>dgram</c>.</summary>
    /// <param name="local">Ours, or null.</param>
    /// <param name="remote">QEMU's, or null.</param>
    public static FrontendAddress Join(FrontendAddress? local, FrontendAddress? remote)
    {
        if (remote is InetFrontendAddress group && IPv4Host.IsMulticast(IPv4Host.Check("remote.host", group.Host)))
            return Multicast(local, group);
        if (local is null)
            throw new UserErrorException("dgram requires local= parameter", "Add local.type=unix,local.path=PATH, the path that QEMU has as remote.path, or local.type=inet or fd.") { Option = "local" };
        if (local is FdFrontendAddress)
            return remote is null ? local : throw RemoteOfDescriptor();
        if (remote is null)
            throw new UserErrorException("type=inet or type=unix requires remote parameter", "Add remote.type=…, what QEMU has as local.") { Option = "remote" };
        DatagramFrontendAddress joined = (local, remote) switch
        {
            (UnixFrontendAddress ours, UnixFrontendAddress theirs) => new DatagramFrontendAddress(CheckPath("local", ours), CheckPath("remote", theirs)),
            (InetFrontendAddress ours, InetFrontendAddress theirs) => new DatagramFrontendAddress(CheckInet("local", ours), CheckInet("remote", theirs)),
            _ => throw new UserErrorException("remote and local types must be the same", $"Write remote.type={TypeOf(local)} instead of 'remote.type={TypeOf(remote)}', or change local.type.") { Option = "remote.type", Value = TypeOf(remote) },
        };
        if (joined.Local != joined.Remote)
            return joined;
        (string key, string value) = joined.Local is UnixFrontendAddress unix ? ("path", unix.Path) : ("port", ((InetFrontendAddress)joined.Local).Port);
        throw new UserErrorException(
            "local and remote are the same", $"Ours is QEMU's remote, and QEMU's local is our remote: two different ones, not 'local.{key}={value}' and 'remote.{key}={value}'.")
        {
            Option = $"local.{key}",
            Value = value,
        };
    }

    /// <summary>An inet end; only its host and port count in QEMU.</summary>
    /// <param name="end">The name of the end, for messages.</param>
    /// <param name="address">What was written.</param>
    /// <returns>The port as plain decimal.</returns>
    public static InetFrontendAddress CheckInet(string end, InetFrontendAddress address)
    {
        if (address.IPv4 is false || address.IPv6 is true)
        {
            (string key, string value) = address.IPv4 is false ? ("ipv4", "off") : ("ipv6", "on");
            throw new UserErrorException($"{end}: datagrams to QEMU are IPv4 only", $"Leave '{end}.{key}={value}' out.") { Option = $"{end}.{key}", Value = value };
        }

        if (!Numbers.TryParseInt64(address.Port, out long port) || port is < 1 or > ushort.MaxValue)
            throw SocketAddressReader.InvalidPort($"{end}.port", address.Port, numeric: true);
        return new InetFrontendAddress(IPv4Host.Check($"{end}.host", address.Host), port.ToString(CultureInfo.InvariantCulture), IPv4: true, IPv6: false);
    }

    private static MulticastFrontendAddress Multicast(FrontendAddress? local, InetFrontendAddress group) => local switch
    {
        null => new MulticastFrontendAddress(CheckInet("remote", group), null),
        InetFrontendAddress inet => new MulticastFrontendAddress(CheckInet("remote", group), IPv4Host.CheckLocalAddress("local.host", inet.Host)),
        FdFrontendAddress => throw RemoteOfDescriptor(),
        _ => throw new UserErrorException("only support inet or fd type for local", "With a multicast group as remote, write local.type=inet,local.host=ADDRESS of the interface, or leave local out.") { Option = "local.type", Value = "unix" },
    };

    private static UnixFrontendAddress CheckPath(string end, UnixFrontendAddress unix)
    {
        if (unix.Abstract)
        {
            throw new UserErrorException(
                $"'{end}.abstract=on' cannot be used with dgram",
                $"QEMU ignores it there and makes a file named '{unix.Path}': write a path, or hand over one end of a socket pair (local.type=fd).")
            {
                Option = $"{end}.abstract",
                Value = "on",
            };
        }

        return Encoding.UTF8.GetByteCount(unix.Path) <= LongestPath
            ? unix with { Tight = true }
            : throw new UserErrorException($"UNIX socket path '{unix.Path}' is too long", $"Path must be less than {LongestPath + 1} bytes: choose a shorter '{end}.path'.") { Option = $"{end}.path", Value = unix.Path };
    }

    private static UserErrorException RemoteOfDescriptor() =>
        new("don't set remote with local.fd", "The descriptor is connected already: leave remote out.") { Option = "remote" };

    private static string TypeOf(FrontendAddress address) => address switch { UnixFrontendAddress => "unix", InetFrontendAddress => "inet", _ => "fd" };
}
