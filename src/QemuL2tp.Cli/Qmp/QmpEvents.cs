using System.Globalization;
using System.Text.Json.Nodes;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>The events that a QEMU sends about the other end of the same connection (qapi/net.json).</summary>
internal static class QmpEvents
{
    /// <summary>With datagrams there is no connection, and a QEMU sends no event.</summary>
    public static bool Has(FrontendOptions frontend) => frontend.Kind != FrontendKind.Dgram && frontend.HasConnection;

    /// <summary>NETDEV_STREAM_CONNECTED with our address of the connection, NETDEV_VHOST_USER_CONNECTED with the chardev's name that we advise.</summary>
    public static (string Name, JsonObject Data) Connected(string id, FrontendOptions frontend) => frontend.Kind == FrontendKind.VhostUser
        ? ("NETDEV_VHOST_USER_CONNECTED", new JsonObject { ["netdev-id"] = id, ["chardev-id"] = $"char-{id}" })
        : ("NETDEV_STREAM_CONNECTED", new JsonObject { ["netdev-id"] = id, ["addr"] = Address(frontend.Address) });

    public static string DisconnectedName(FrontendOptions frontend) =>
        frontend.Kind == FrontendKind.VhostUser ? "NETDEV_VHOST_USER_DISCONNECTED" : "NETDEV_STREAM_DISCONNECTED";

    private static JsonObject Address(FrontendAddress address) => address switch
    {
        UnixFrontendAddress unix => new JsonObject { ["type"] = "unix", ["path"] = unix.Path },
        InetFrontendAddress inet => new JsonObject { ["type"] = "inet", ["host"] = inet.Host, ["port"] = inet.Port },
        FdFrontendAddress fd => new JsonObject { ["type"] = "fd", ["str"] = fd.Name ?? fd.Descriptor.ToString(CultureInfo.InvariantCulture) },
        _ => throw new ArgumentOutOfRangeException(nameof(address), address, "unknown kind of address"),
    };
}
