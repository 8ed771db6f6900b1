using System.Globalization;

namespace QemuL2tp.Options;

/// <summary>The members of <c>stream</c>, in QEMU's order (qapi/net.json, NetdevStreamOptions).</summary>
internal static class StreamFrontend
{
    /// <summary>All names, nested ones in full.</summary>
    public static IReadOnlyDictionary<string, string> Help { get; } = new Dictionary<string, string>
    {
        ["type"] = FrontendParser.TypeHelp,
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
        ["addr.str"] = "number of an inherited file descriptor, or its name (LISTEN_FDNAMES)",
        ["server"] = "on: we listen and QEMU connects (default but for addr.type=fd); off: we connect, or the descriptor is connected",
        ["reconnect"] = ReconnectOptions.SecondsHelp,
        ["reconnect-ms"] = ReconnectOptions.MillisecondsHelp,
        [PollOption.Name] = PollOption.Help,
    }
        .Concat(KeepAliveOptions.Help("addr.")).ToDictionary();

    /// <summary>Reads a whole front end.</summary>
    public static FrontendOptions Read(TreeReader reader, bool isText)
    {
        string? id = reader.Has("id") ? reader.ReadString("id") : null;
        FrontendParser.RequireKind(reader.ReadString("type"), "stream");
        FrontendAddress address = SocketAddressReader.Read(reader.ReadObject("addr"), isText);
        // An inherited descriptor is nearly always one end of a socket pair, so there listening must be asked for.
        bool server = reader.Has("server") ? reader.ReadBoolean("server") : address is not FdFrontendAddress;
        if (!server && address is InetFrontendAddress inet && int.TryParse(inet.Port, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int port) && port == 0)
            throw SocketAddressReader.InvalidPort("addr.port", inet.Port);
        ReconnectOptions reconnect = ReconnectOptions.Read(reader);
        int poll = PollOption.Read(reader);
        reader.RejectUnread();
        return reconnect.ApplyTo(new FrontendOptions { Id = id, Kind = FrontendKind.Stream, Server = server, Address = address, PollMicroseconds = poll }, reader);
    }
}
