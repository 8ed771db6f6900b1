namespace QemuL2tp.Options;

/// <summary>The members of <c>stream</c>, in QEMU's order (qapi/net.json, NetdevStreamOptions).</summary>
internal static class StreamFrontend
{
    private const long LongestReconnectMilliseconds = int.MaxValue;

    /// <summary>All names, nested ones in full.</summary>
    public static IReadOnlyDictionary<string, string> Help { get; } = new Dictionary<string, string>
    {
        ["type"] = "stream or socket; the first item without a name means this",
        ["id"] = "the netdev that this front end belongs to",
        ["addr"] = "where the socket is, such as addr.type=unix,addr.path=/run/vm.sock",
        ["addr.type"] = "unix, inet or fd",
        ["addr.path"] = "file name of the unix socket",
        ["addr.abstract"] = "on makes addr.path a name in Linux' abstract namespace",
        ["addr.tight"] = "off pads an abstract name with zero bytes",
        ["addr.host"] = "address or host name",
        ["addr.port"] = "port number or service name",
        ["addr.numeric"] = "on forbids name resolution",
        ["addr.ipv4"] = "off excludes IPv4",
        ["addr.ipv6"] = "off excludes IPv6",
        ["addr.str"] = "number of an inherited file descriptor",
        ["server"] = "on: we listen and QEMU connects (default but for addr.type=fd); off: we connect, or the descriptor is connected",
        ["reconnect"] = "seconds between two attempts to connect",
        ["reconnect-ms"] = "milliseconds between two attempts to connect",
    };

    /// <summary>Reads a whole front end.</summary>
    public static FrontendOptions Read(TreeReader reader, bool isText)
    {
        string? id = reader.Has("id") ? reader.ReadString("id") : null;
        FrontendParser.RequireKind(reader.ReadString("type"), "stream");
        FrontendAddress address = SocketAddress.Read(reader.ReadObject("addr"), isText);
        // An inherited descriptor is nearly always one end of a socket pair, so there listening must be asked for.
        bool server = reader.Has("server") ? reader.ReadBoolean("server") : address is not FdFrontendAddress;
        long? seconds = reader.Has("reconnect") ? reader.ReadInt64("reconnect") : null;
        long? milliseconds = reader.Has("reconnect-ms") ? reader.ReadInt64("reconnect-ms") : null;
        reader.RejectUnread();

        var options = new FrontendOptions { Id = id, Kind = FrontendKind.Stream, Server = server, Address = address };
        if (seconds is null && milliseconds is null)
            return options;
        if (server)
        {
            throw new UserErrorException(
                "'reconnect' and 'reconnect-ms' options are incompatible with socket in server mode",
                "Add server=off if QEMU listens and this program connects, or leave reconnect out: a listening socket accepts again by itself.");
        }

        if (seconds is not null && milliseconds is not null)
        {
            throw new UserErrorException(
                "'reconnect' and 'reconnect-ms' are mutually exclusive",
                $"Keep 'reconnect-ms={milliseconds}' and remove 'reconnect={seconds}', or the other way round.");
        }

        return options with
        {
            ReconnectMilliseconds = seconds is { } s ? CheckReconnect("reconnect", s, 1000) : CheckReconnect("reconnect-ms", milliseconds!.Value, 1),
        };
    }

    private static int CheckReconnect(string name, long value, int unit)
    {
        // QEMU's 0 means "never again"; here that would leave a dead pseudowire behind, so it is refused instead of reinterpreted.
        if (value < 1 || value > LongestReconnectMilliseconds / unit)
        {
            throw new UserErrorException(
                $"Parameter '{name}' expects a number of {(unit == 1 ? "milliseconds" : "seconds")} from 1 to {LongestReconnectMilliseconds / unit}",
                $"'{name}={value}' is out of range; leave {name} out for the default.");
        }

        return (int)value * unit;
    }
}
