using System.Globalization;
using System.Text;
using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;

namespace QemuL2tp.Hosting;

/// <summary>The numbers of a pseudowire as text: a line for each direction, then only what is not zero.</summary>
internal static class StatisticsText
{
    private static readonly FrameVerdict[] s_reasons = [.. Enum.GetValues<FrameVerdict>().Where(verdict => verdict != FrameVerdict.Accept)];

    public static string For(Pseudowire link)
    {
        var text = new StringBuilder();
        string id = link.Id;
        Add(text, $"{id}: statistics");
        if (link.WaitsFor is { } missing)
            Add(text, $"  waiting: {missing}");
        AddDirection(text, "guest to tunnel", link.GuestToTunnel);
        AddDirection(text, "tunnel to guest", link.TunnelToGuest);
        AddTunnelDrops(text, link.TunnelTotals);
        if (link.ReceivedNumbers is { } counter)
            AddCounter(text, counter, link.Resequencer?.FramesHeld ?? 0);
        AddTunnel(text, link.Tunnel.Counters);
        if (link.Netdev.Udp)
            Add(text, $"  {link.Tunnel.DescribeOffloads()}");
        Add(text, $"  {link.Guest.DescribeConnection()}");
        foreach (string line in link.Guest.DescribeState())
            Add(text, $"  {line}");
        return text.ToString();
    }

    private static void AddDirection(StringBuilder text, string name, DirectionCounters counters)
    {
        Add(text, $"  {name}: {counters.FramesOut} frames, {counters.BytesOut} bytes, {counters.DroppedInAll} dropped");
        AddReasons(text, counters);
    }

    /// <summary>Of the whole tunnel, which other pseudowires may share.</summary>
    private static void AddTunnelDrops(StringBuilder text, DirectionCounters counters)
    {
        if (counters.DroppedInAll > 0)
            Add(text, $"  tunnel: {counters.FramesIn} packets, {counters.DroppedInAll} of no session");
        AddReasons(text, counters);
    }

    private static void AddReasons(StringBuilder text, DirectionCounters counters)
    {
        foreach (FrameVerdict reason in s_reasons)
        {
            if (counters.Dropped(reason) is > 0 and long dropped)
                Add(text, $"    dropped {reason}: {dropped}");
        }
    }

    private static void AddCounter(StringBuilder text, CounterStatistics counter, int held)
    {
        Add(text, $"  received counter: mode {counter.Mode}, in order {counter.InOrder}, late {counter.Late}, lost {counter.Lost}, duplicate {counter.Duplicate}, restarted {counter.Restarted}, pinned {counter.Pinned}, unplaced {counter.Unplaced}");
        (string Name, long Value)[] rows =
        [
            ("reordered", counter.Reordered),
            ("late dropped", counter.LateDropped),
            ("jumps", counter.Jumps),
            ("VCCV", counter.Vccv),
            ("held now", held),
        ];
        foreach ((string name, long value) in rows.Where(row => row.Value > 0))
            Add(text, $"    {name}: {value}");
    }

    private static void AddTunnel(StringBuilder text, DatagramCounters counters)
    {
        (string Name, long Value)[] rows =
        [
            ("peer refused", counters.PeerRefused),
            ("peer unreachable", counters.PeerUnreachable),
            ("path MTU exceeded", counters.PathMtuExceeded),
            ("other network errors", counters.OtherErrors),
            ("ICMP about packets to others", counters.StrayReports),
            ("waits for the send buffer", counters.SendBufferFull),
        ];
        foreach ((string name, long value) in rows.Where(row => row.Value > 0))
            Add(text, $"  {name}: {value}");
    }

    private static void Add(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
