using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using static QemuL2tp.Hosting.Statistics.NumberRows;

namespace QemuL2tp.Hosting.Statistics;

/// <summary>The tunnel and its sockets.</summary>
internal static class TunnelNumbers
{
    private const string Off = "off", On = "on", Refused = "refused";

    public static NumberGroup Tunnel { get; } = new NumberGroup<DirectionCounters>(
        "tunnel",
        "packets received by the tunnel; all pseudowires with the same src, srcport and encapsulation share these",
        pseudowire => [pseudowire.TunnelTotals],
        Counter<DirectionCounters>("frames", NumberUnit.Packets, c => c.FramesOut, "packets given to a pseudowire, or kept for one whose guest is slow: those are not among its frames in yet", headline: "{0} packets"),
        Counter<DirectionCounters>("bytes", NumberUnit.Bytes, c => c.BytesOut, "bytes of those packets, from the L2TPv3 header on", headline: "{0} bytes"),
        Counter<DirectionCounters>("dropped", NumberUnit.Packets, c => c.DroppedInAll, "packets that were of no pseudowire", "look at drops", headline: "{0} of no session"),
        Counter<DirectionCounters>("frames-in", NumberUnit.Packets, c => c.FramesIn, "packets that came in", headline: "{0} in"),
        ByLabel<DirectionCounters>("drops", NumberUnit.Packets, "reason", DirectionNumbers.Drops, "packets that were of no pseudowire, by reason", "see the drop reasons", "dropped"));

    public static NumberGroup Network { get; } = new NumberGroup<(DatagramCounters Counters, int PathMtu)>(
        "network",
        "what the network and the kernel said about sent packets; none of these drops a frame",
        pseudowire => [(pseudowire.Network, pseudowire.Tunnel.PathMtu)],
        Error("peer-refused", c => c.PeerRefused, "nothing listens at the peer (ICMP port or protocol unreachable)", "start the peer; compare dst and dstport with its local address and port"),
        Error("peer-unreachable", c => c.PeerUnreachable, "the peer or its network cannot be reached (ICMP host or network unreachable)", "check the peer, and the routers on the way"),
        Error("path-mtu-exceeded", c => c.PathMtuExceeded, "a packet was too big for a link on the way (ICMP fragmentation needed, packet too big)", "lower the MTU in the guest"),
        Error("other-errors", c => c.OtherErrors, "any other error that the network or the kernel reported", "the log says which", "other network errors"),
        Error("stray-reports", c => c.StrayReports, "ICMP errors about packets to somebody other than the peer: forged, or meant for another process", textName: "ICMP about packets to others"),
        Counter<(DatagramCounters Counters, int PathMtu)>("send-buffer-full", NumberUnit.Times, s => s.Counters.SendBufferFull, "how often the socket's send buffer was full and the guest had to wait", "normal under load; a larger net.core.wmem_max makes it rarer", textName: "waits for the send buffer"),
        Gauge<(DatagramCounters Counters, int PathMtu)>("path-mtu", NumberUnit.Bytes, s => s.PathMtu == 0 ? null : s.PathMtu, "largest packet that the path to the peer takes, IP header included; known only while segmentation is not off", "frames above it are fragmented and sent one by one: lower the MTU in the guest", textName: "path MTU"));

    public static NumberGroup Segmentation { get; } = new NumberGroup<(DatagramCounters Counters, OffloadStatus Status)>(
        "segmentation",
        "frames sent as one message that the kernel cuts into datagrams (UDP_SEGMENT)",
        pseudowire => [(pseudowire.Network, pseudowire.Tunnel.Segmentation)],
        OffloadState("one message carries many frames", "each frame is sent alone"),
        Reason(),
        Offload("frames", NumberUnit.Frames, c => c.FramesSegmented, "frames that left in such messages"),
        Offload("messages", NumberUnit.Messages, c => c.MessagesSegmented, "messages that the kernel cut"))
    {
        TextName = "UDP_SEGMENT",
        IsAlwaysInText = true,
    };

    public static NumberGroup Coalescing { get; } = new NumberGroup<(DatagramCounters Counters, OffloadStatus Status)>(
        "coalescing",
        "datagrams that the kernel put together before they were received (UDP_GRO)",
        pseudowire => [(pseudowire.Network, pseudowire.Tunnel.Coalescing)],
        OffloadState("one message may bring many datagrams", "each datagram is received alone"),
        Reason(),
        Offload("datagrams", NumberUnit.Datagrams, c => c.DatagramsCoalesced, "datagrams that arrived in such messages"),
        Offload("messages", NumberUnit.Messages, c => c.MessagesCoalesced, "messages that the kernel put together"))
    {
        TextName = "UDP_GRO",
        IsAlwaysInText = true,
    };

    private static NumberRow<(DatagramCounters Counters, int PathMtu)> Error(string name, Func<DatagramCounters, long> read, string meaning, string remedy = "", string? textName = null) =>
        Counter<(DatagramCounters Counters, int PathMtu)>(name, NumberUnit.Errors, s => read(s.Counters), meaning, remedy, textName: textName);

    private static NumberRow<(DatagramCounters Counters, OffloadStatus Status)> Offload(string name, NumberUnit unit, Func<DatagramCounters, long> read, string meaning) =>
        Counter<(DatagramCounters Counters, OffloadStatus Status)>(name, unit, s => read(s.Counters), meaning, headline: "{0} " + name);

    private static NumberRow<(DatagramCounters Counters, OffloadStatus Status)> OffloadState(string on, string off) => State<(DatagramCounters Counters, OffloadStatus Status)>(
        "state",
        s => s.Status.Mode switch { OffloadMode.Off => Off, OffloadMode.On => On, _ => Refused },
        "whether it is used",
        [
            new(On, on),
            new(Off, off, "the reason is beside it"),
            new(Refused, $"the kernel or the device refused it: {off}, and it is tried again every 10 s", "the reason is beside it; where it stays so, switch it off to save the attempts"),
        ],
        headline: "{0}");

    private static NumberRow<(DatagramCounters Counters, OffloadStatus Status)> Reason() => Text<(DatagramCounters Counters, OffloadStatus Status)>(
        "reason",
        s => s.Status.Reason,
        "why it is off or refused");
}
