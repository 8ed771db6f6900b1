using System.Globalization;

namespace QemuL2tp.Options;

/// <summary>The options of <c>socket</c>: exactly one of <c>listen</c>, <c>connect</c> and <c>fd</c> (net/socket.c).</summary>
internal static class SocketFrontend
{
    private static readonly string[] s_forms = ["fd", "listen", "connect", "mcast", "udp"];

    /// <summary>All names with their help.</summary>
    public static IReadOnlyDictionary<string, string> Help { get; } = new Dictionary<string, string>
    {
        ["type"] = "stream, vhost-user or socket; the first item without a name means this",
        ["id"] = "the netdev that this front end belongs to",
        ["fd"] = "number of an inherited stream socket",
        ["listen"] = "[host]:port where we listen and QEMU connects",
        ["connect"] = "host:port where QEMU listens",
    };

    /// <summary>Reads a whole front end.</summary>
    public static FrontendOptions Read(OptsReader reader)
    {
        string? id = reader.Has("id") ? reader.ReadString("id") : null;
        FrontendParser.RequireKind(reader.ReadString("type"), "socket");
        string[] given = [.. s_forms.Where(reader.Has)];
        foreach (string form in given)
            reader.ReadString(form);
        if (reader.Has("localaddr"))
            reader.ReadString("localaddr");
        reader.RejectUnread();

        if (given.Length != 1)
        {
            throw new UserErrorException(
                "exactly one of listen=, connect=, mcast= or udp= is required",
                given.Length == 0
                    ? "Add listen=[HOST]:PORT, connect=HOST:PORT or fd=NUMBER."
                    : $"Keep one of {string.Join(", ", given.Select(form => $"'{form}={reader.Written(form)}'"))}.");
        }

        string name = given[0];
        string text = reader.Written(name);
        if (name is "mcast" or "udp" || reader.Has("localaddr"))
        {
            throw new UserErrorException(
                $"front end 'socket,{(name is "mcast" or "udp" ? name : "localaddr")}=' is not compiled into this binary",
                "Datagrams have no front end here: write listen=[HOST]:PORT, connect=HOST:PORT or fd=NUMBER, without localaddr=.");
        }

        return new FrontendOptions
        {
            Id = id,
            Kind = FrontendKind.Socket,
            Server = name == "listen",
            Address = name == "fd" ? ParseDescriptor(text) : ParseHostPort(name, text),
        };
    }

    private static FdFrontendAddress ParseDescriptor(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor)
            ? new FdFrontendAddress(descriptor)
            : throw new UserErrorException(
                $"Invalid file descriptor number '{text}'", $"Write fd= with the decimal number of an inherited stream socket instead of 'fd={text}'.");

    /// <summary>Reads <c>host:port</c>; QEMU knows only IPv4 here, and an empty host is every address.</summary>
    private static InetFrontendAddress ParseHostPort(string name, string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            throw new UserErrorException(
                $"host address '{text}' doesn't contain ':' separating host from port", $"Write {name}={(name == "listen" ? "[HOST]" : "HOST")}:PORT instead of '{name}={text}'.");
        }

        string host = text[..colon];
        string port = text[(colon + 1)..];
        if (!Numbers.TryParseInt64(port, out long number) || number is < 1 or > ushort.MaxValue)
        {
            throw new UserErrorException(
                $"port number '{port}' is invalid",
                text.StartsWith('[')
                    ? $"'{name}={text}' looks like IPv6, which socket does not have: use stream,addr.type=inet,addr.host=…,addr.port=…"
                    : $"Write a number from 1 to 65535 after the colon of '{name}={text}'.");
        }

        if (host.Length == 0)
            host = name == "listen" ? "0.0.0.0" : "127.0.0.1";
        return new InetFrontendAddress(host, number.ToString(CultureInfo.InvariantCulture), IPv4: true, IPv6: false);
    }
}
