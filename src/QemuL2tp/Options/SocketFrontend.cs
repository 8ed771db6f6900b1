using System.Globalization;
using System.Net;

namespace QemuL2tp.Options;

/// <summary>The options of <c>socket</c>: exactly one of <c>listen</c>, <c>connect</c>, <c>udp</c>, <c>mcast</c> and <c>fd</c> (net/socket.c).</summary>
internal static class SocketFrontend
{
    private static readonly string[] s_forms = ["fd", "listen", "connect", "mcast", "udp"];

    /// <summary>All names with their help.</summary>
    public static IReadOnlyDictionary<string, string> Help { get; } = new Dictionary<string, string>
    {
        ["type"] = FrontendParser.TypeHelp,
        ["id"] = "the netdev that this front end belongs to",
        ["fd"] = "number of an inherited socket, stream or datagram",
        ["listen"] = "[host]:port where we listen and QEMU connects",
        ["connect"] = "host:port where QEMU listens",
        ["udp"] = "host:port where QEMU receives, its localaddr",
        ["mcast"] = "group:port where all send and receive",
        ["localaddr"] = "with udp, host:port where we receive, QEMU's udp; with mcast, the address of the interface",
    };

    /// <summary>Reads a whole front end.</summary>
    public static FrontendOptions Read(OptsReader reader)
    {
        string? id = reader.Has("id") ? reader.ReadString("id") : null;
        FrontendParser.RequireKind(reader.ReadString("type"), "socket");
        string[] given = [.. s_forms.Where(reader.Has)];
        foreach (string form in given)
            reader.ReadString(form);
        string? localAddress = reader.Has("localaddr") ? reader.ReadString("localaddr") : null;
        reader.RejectUnread();

        if (given.Length != 1)
        {
            throw reader.Error(
                given.Length == 0 ? "listen" : given[1],
                "exactly one of listen=, connect=, mcast= or udp= is required",
                given.Length == 0
                    ? "Add listen=[HOST]:PORT, connect=HOST:PORT, udp=HOST:PORT, mcast=GROUP:PORT or fd=NUMBER."
                    : $"Keep one of {string.Join(", ", given.Select(form => $"'{form}={reader.Written(form)}'"))}.");
        }

        string name = given[0];
        if (localAddress is not null && name is not ("mcast" or "udp"))
            throw reader.Error("localaddr", "localaddr= is only valid with mcast= or udp=", $"Leave 'localaddr={localAddress}' out.");
        return new FrontendOptions
        {
            Id = id,
            Kind = FrontendKind.Socket,
            Server = name == "listen",
            Address = ReadForm(name, reader.ReadString(name), localAddress),
        };
    }

    private static FrontendAddress ReadForm(string name, string text, string? localAddress) => name switch
    {
        "fd" => ParseDescriptor("fd", text),
        "udp" when localAddress is null => throw new UserErrorException("localaddr= is mandatory with udp=", "Add localaddr=HOST:PORT where we receive, QEMU's udp=.") { Option = "localaddr" },
        "udp" => Udp(ParseHostPort("localaddr", localAddress, ""), ParseHostPort("udp", text, ""), localAddress),
        "mcast" => Multicast(ParseHostPort("mcast", text, ""), text, localAddress),
        _ => ParseHostPort(name, text, name == "listen" ? "0.0.0.0" : "127.0.0.1"),
    };

    private static DatagramFrontendAddress Udp(InetFrontendAddress local, InetFrontendAddress remote, string written) => local != remote
        ? new DatagramFrontendAddress(local, remote)
        : throw new UserErrorException("udp= and localaddr= are the same", $"Our localaddr is QEMU's udp, and QEMU's localaddr is our udp: two different ones, not 'localaddr={written}' for both.")
        {
            Option = "localaddr",
            Value = written,
        };

    private static MulticastFrontendAddress Multicast(InetFrontendAddress group, string written, string? localAddress)
    {
        if (!IPv4Host.IsMulticast(group.Host))
        {
            string number = IPAddress.TryParse(group.Host, out IPAddress? address) ? $" (0x{Convert.ToHexStringLower(address.GetAddressBytes())})" : "";
            throw new UserErrorException(
                $"specified mcastaddr {group.Host}{number} does not contain a multicast address",
                $"Write an address from 224.0.0.0 to 239.255.255.255, such as mcast=230.0.0.1:1234, instead of 'mcast={written}'.")
            {
                Option = "mcast",
                Value = written,
            };
        }

        return new MulticastFrontendAddress(group, localAddress is null ? null : IPv4Host.CheckLocalAddress("localaddr", localAddress));
    }

    /// <summary>The number of a descriptor, in the words of QEMU's monitor/fds.c.</summary>
    public static FdFrontendAddress ParseDescriptor(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor)
            ? new FdFrontendAddress(descriptor)
            : throw new UserErrorException(
                $"Invalid file descriptor number '{text}'", $"Write {name}= with the decimal number of an inherited socket instead of '{name}={text}'.")
            {
                Option = name,
                Value = text,
            };

    /// <summary>Reads <c>host:port</c>; QEMU knows only IPv4 here, and an empty host stands for another.</summary>
    private static InetFrontendAddress ParseHostPort(string name, string text, string anyHost)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            throw new UserErrorException(
                $"host address '{text}' doesn't contain ':' separating host from port", $"Write {name}={(name == "listen" ? "[HOST]" : "HOST")}:PORT instead of '{name}={text}'.")
            {
                Option = name,
                Value = text,
            };
        }

        string host = text[..colon];
        if (name is "udp" or "mcast" or "localaddr")
            _ = IPv4Host.Check(name, host, text);
        string port = text[(colon + 1)..];
        if (!Numbers.TryParseInt64(port, out long number) || number < (name == "listen" ? 0 : 1) || number > ushort.MaxValue)
        {
            throw new UserErrorException(
                $"port number '{port}' is invalid",
                text.StartsWith('[')
                    ? $"'{name}={text}' looks like IPv6, which socket does not have: use stream,addr.type=inet,addr.host=…,addr.port=…"
                    : $"Write a number from 1 to 65535 after the colon of '{name}={text}'.")
            {
                Option = name,
                Value = text,
            };
        }

        return new InetFrontendAddress(host.Length == 0 ? anyHost : host, number.ToString(CultureInfo.InvariantCulture), IPv4: true, IPv6: false);
    }
}
