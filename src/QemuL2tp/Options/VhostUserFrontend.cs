namespace QemuL2tp.Options;

/// <summary>
/// The members of <c>vhost-user</c>: those of QEMU's <c>-chardev socket</c> for a unix socket, or <c>addr</c> as in
/// <c>stream</c>, how long to poll, and what the guest may leave to us.
/// </summary>
internal static class VhostUserFrontend
{
    private const string OffloadTx = "x-offload-tx";
    private const string OffloadRx = "x-offload-rx";

    private static readonly string[] s_places = ["path", "fd", "addr"];

    /// <summary>All names, nested ones in full.</summary>
    public static IReadOnlyDictionary<string, string> Help { get; } = new Dictionary<string, string>
    {
        ["type"] = FrontendParser.TypeHelp,
        ["id"] = "the netdev that this front end belongs to",
        ["path"] = "file name of the unix socket",
        ["abstract"] = "on makes path a name in Linux' abstract namespace",
        ["tight"] = "off pads an abstract name with zero bytes",
        ["fd"] = "number of an inherited file descriptor, or its name (LISTEN_FDNAMES)",
        ["addr"] = "where the socket is, such as addr.type=unix,addr.path=/run/vm.sock",
        ["addr.type"] = "unix or fd",
        ["addr.path"] = "the same as path",
        ["addr.abstract"] = "the same as abstract",
        ["addr.tight"] = "the same as tight",
        ["addr.str"] = "the same as fd",
        ["server"] = "on: we listen (default but for fd); off: we connect, or fd is connected",
        ["reconnect"] = ReconnectOptions.SecondsHelp,
        ["reconnect-ms"] = ReconnectOptions.MillisecondsHelp,
        [PollOption.Name] = PollOption.Help,
        [OffloadTx] = "off: the guest computes checksums and cuts segments itself (default: on)",
        [OffloadRx] = "off: segments are not put together for the guest, which verifies checksums itself (default: on)",
    };

    /// <summary>Reads a whole front end.</summary>
    public static FrontendOptions Read(TreeReader reader, bool isText)
    {
        string? id = reader.Has("id") ? reader.ReadString("id") : null;
        reader.ReadString("type");
        FrontendAddress address = ReadAddress(reader, isText);
        bool server = reader.Has("server") ? reader.ReadBoolean("server") : address is not FdFrontendAddress;
        ReconnectOptions reconnect = ReconnectOptions.Read(reader);
        int poll = PollOption.Read(reader);
        bool offloadsFromGuest = !reader.Has(OffloadTx) || reader.ReadBoolean(OffloadTx);
        bool offloadsToGuest = !reader.Has(OffloadRx) || reader.ReadBoolean(OffloadRx);
        reader.RejectUnread();
        return reconnect.ApplyTo(new FrontendOptions
        {
            Id = id,
            Kind = FrontendKind.VhostUser,
            Server = server,
            Address = address,
            PollMicroseconds = poll,
            OffloadsFromGuest = offloadsFromGuest,
            OffloadsToGuest = offloadsToGuest,
        }, reader);
    }

    private static FrontendAddress ReadAddress(TreeReader reader, bool isText)
    {
        string[] given = [.. s_places.Where(reader.Has)];
        if (given.Length != 1)
        {
            throw reader.Error(
                given.Length == 0 ? "path" : given[1],
                "exactly one of path=, fd= or addr.type= is required",
                given.Length == 0
                    ? reader.Strange.Select(name => OptionErrors.DidYouMean(name, Help.Keys)).FirstOrDefault(hint => hint is not null) ?? "Add path=PATH, the path of QEMU's -chardev socket, or fd=NUMBER."
                    : $"Keep one of {string.Join(", ", given.Select(name => reader.Written(name) is { } value ? $"'{name}={value}'" : $"'{name}'"))}.");
        }

        return given[0] switch
        {
            "path" => SocketAddressReader.ReadUnix(reader),
            "fd" => SocketAddressReader.ReadDescriptor(reader, "fd"),
            _ => ReadNested(reader.ReadObject("addr"), isText),
        };
    }

    private static FrontendAddress ReadNested(TreeReader reader, bool isText)
    {
        if (reader.Has("type") && reader.ReadString("type") is not ("unix" or "fd") and var type)
        {
            throw reader.Error(
                "type",
                $"socket address type '{type}' cannot be used with vhost-user",
                $"QEMU passes the guest's memory as descriptors, over a unix socket only: write path=PATH instead of 'addr.type={type}', or use --frontend stream.");
        }

        return SocketAddressReader.Read(reader, isText);
    }
}
