namespace QemuL2tp.Options;

/// <summary>The members of <c>dgram</c> (qapi/net.json, NetdevDgramOptions), with QEMU's rules for what goes together (net/dgram.c).</summary>
internal static class DgramFrontend
{
    /// <summary>All names, nested ones in full.</summary>
    public static IReadOnlyDictionary<string, string> Help { get; } = new Dictionary<string, string>
    {
        ["type"] = FrontendParser.TypeHelp,
        ["id"] = "the netdev that this front end belongs to",
        ["local"] = "where we are, such as local.type=unix,local.path=/run/vm-l2tp.sock",
        ["remote"] = "where QEMU is, such as remote.type=unix,remote.path=/run/vm-qemu.sock",
        [PollOption.Name] = PollOption.Help,
    }
        .Concat(HelpOf("local")).Concat(HelpOf("remote")).ToDictionary();

    /// <summary>Reads a whole front end.</summary>
    public static FrontendOptions Read(TreeReader reader, bool isText)
    {
        string? id = reader.Has("id") ? reader.ReadString("id") : null;
        reader.ReadString("type");
        FrontendAddress? local = ReadAddress(reader, "local", isText);
        FrontendAddress? remote = ReadAddress(reader, "remote", isText);
        int poll = PollOption.Read(reader);
        reader.RejectUnread();
        return new FrontendOptions { Id = id, Kind = FrontendKind.Dgram, Server = false, Address = DatagramRules.Join(local, remote), PollMicroseconds = poll };
    }

    private static FrontendAddress? ReadAddress(TreeReader reader, string name, bool isText)
    {
        if (!reader.Has(name))
            return null;
        TreeReader members = reader.ReadObject(name);
        if (members.ReadString("type") != "fd")
            return SocketAddressReader.Read(members, isText, isDatagram: true);
        FdFrontendAddress descriptor = SocketFrontend.ParseDescriptor(members.FullName("str"), members.ReadString("str"));
        members.RejectUnread();
        return descriptor;
    }

    private static IEnumerable<KeyValuePair<string, string>> HelpOf(string end)
    {
        string whose = end == "local" ? "ours" : "QEMU's";
        yield return KeyValuePair.Create($"{end}.type", end == "local" ? "unix, inet or fd" : "unix or inet; the same as local.type");
        yield return KeyValuePair.Create($"{end}.path", $"file name of the unix socket, {whose}");
        yield return KeyValuePair.Create($"{end}.host", end == "local" ? "our IPv4 address or host name; with multicast that of the interface" : "QEMU's IPv4 address or host name, or a multicast group");
        yield return KeyValuePair.Create($"{end}.port", $"port number, {whose}");
        if (end == "local")
            yield return KeyValuePair.Create("local.str", "number of an inherited datagram socket, in place of all others");
    }
}
