using System.Text.Json.Nodes;
using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>The numbers of a pseudowire as <c>query-netdev-stats</c> returns them.</summary>
internal static class QmpStatistics
{
    private static readonly FrameVerdict[] s_reasons = [.. Enum.GetValues<FrameVerdict>().Where(verdict => verdict != FrameVerdict.Accept)];

    public static JsonObject Of(Pseudowire pseudowire)
    {
        var stats = new JsonObject
        {
            ["id"] = pseudowire.Id,
            ["type"] = "l2tpv3",
            ["state"] = pseudowire.WaitsFor is null ? "open" : "waiting",
            ["link-up"] = pseudowire.IsLinkUp,
            ["frontend"] = FrontendName(pseudowire.Frontend.Kind),
            ["connected"] = pseudowire.IsGuestConnected,
            ["connections"] = pseudowire.Connections,
            ["connections-refused"] = pseudowire.ConnectionsRefused,
            ["qemu-arguments"] = pseudowire.QemuArguments,
            ["guest-to-tunnel"] = Direction(pseudowire.GuestToTunnel),
            ["tunnel-to-guest"] = Direction(pseudowire.TunnelToGuest),
            ["tunnel"] = Direction(pseudowire.TunnelTotals),
            ["network"] = Network(pseudowire.Network),
        };
        if (pseudowire.WaitsFor is { } missing)
            stats["waits-for"] = missing;
        if (pseudowire.ReceivedNumbers is { } numbers)
            stats["received-counter"] = Counter(numbers);
        return stats;
    }

    private static string FrontendName(FrontendKind kind) => kind == FrontendKind.VhostUser ? "vhost-user" : kind.ToString().ToLowerInvariant();

    private static JsonObject Direction(DirectionCounters counters)
    {
        var drops = new JsonObject();
        foreach (FrameVerdict reason in s_reasons)
        {
            if (counters.Dropped(reason) is > 0 and long dropped)
                drops[reason.ToString()] = dropped;
        }

        return new JsonObject
        {
            ["frames"] = counters.FramesOut,
            ["bytes"] = counters.BytesOut,
            ["dropped"] = counters.DroppedInAll,
            ["drops"] = drops,
        };
    }

    private static JsonObject Network(DatagramCounters counters) => new()
    {
        ["peer-refused"] = counters.PeerRefused,
        ["peer-unreachable"] = counters.PeerUnreachable,
        ["path-mtu-exceeded"] = counters.PathMtuExceeded,
        ["other-errors"] = counters.OtherErrors,
        ["stray-reports"] = counters.StrayReports,
        ["send-buffer-full"] = counters.SendBufferFull,
    };

    private static JsonObject Counter(CounterStatistics counter) => new()
    {
        ["mode"] = counter.Mode.ToString(),
        ["in-order"] = counter.InOrder,
        ["reordered"] = counter.Reordered,
        ["late"] = counter.Late,
        ["late-dropped"] = counter.LateDropped,
        ["lost"] = counter.Lost,
        ["duplicate"] = counter.Duplicate,
        ["restarted"] = counter.Restarted,
        ["jumps"] = counter.Jumps,
        ["pinned"] = counter.Pinned,
        ["unplaced"] = counter.Unplaced,
        ["vccv"] = counter.Vccv,
    };
}
