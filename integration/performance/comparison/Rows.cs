namespace QemuL2tp.Performance;

/// <summary>Every row, in the order of the table.</summary>
internal static class Rows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("guest-64", "guest → tunnel, 64 B", Load.GuestMany, 64) { RateTarget = 4, CpuTarget = 1.2 },
        new("guest-64-gro", "guest → tunnel, 64 B, peer with GRO", Load.GuestMany, 64) { PeerHasGro = true, RateTarget = 4, CpuTarget = 1.2 },
        new("guest-512", "guest → tunnel, 512 B", Load.GuestMany, 512) { RateTarget = 2.8, CpuTarget = 1.2 },
        new("guest-512-gro", "guest → tunnel, 512 B, peer with GRO", Load.GuestMany, 512) { PeerHasGro = true, RateTarget = 2.8, CpuTarget = 1.2 },
        new("guest-1500", "guest → tunnel, 1500 B", Load.GuestMany, 1500) { RateTarget = 2.7, CpuTarget = 1.2 },
        new("guest-1500-gro", "guest → tunnel, 1500 B, peer with GRO", Load.GuestMany, 1500) { PeerHasGro = true, RateTarget = 3.5, CpuTarget = 1.2 },
        new("guest-9000", "guest → tunnel, 9000 B", Load.GuestMany, 9000) { RateTarget = 1.5, CpuTarget = 1.2 },
        new("guest-9000-gro", "guest → tunnel, 9000 B, peer with GRO", Load.GuestMany, 9000) { PeerHasGro = true, RateTarget = 1.5, CpuTarget = 1.2 },
        new("guest-64-single", "guest → tunnel, 64 B, one per write", Load.GuestSingle, 64) { RateTarget = 1.9, CpuTarget = 1.2 },
        new("guest-64-single-idle", "the same beside 999 idle pseudowires", Load.GuestSingle, 64) { Idle = 999, RateTarget = 1.9, CpuTarget = 1.2 },
        new("guest-1500-single", "guest → tunnel, 1500 B, one per write", Load.GuestSingle, 1500) { RateTarget = 1.8, CpuTarget = 1.2 },
        new("guest-1500-paced", "guest → tunnel, 1500 B, paced 100 k/s", Load.GuestMany, 1500) { Pace = 100_000, CpuTarget = 1.3 },
        new("guest-1500-raw", "guest → tunnel, 1500 B, raw IP", Load.GuestMany, 1500) { Carrier = Carrier.RawIp, RateTarget = 1.3, CpuTarget = 1.2 },
        new("guest-1500-veth", "guest → tunnel, 1500 B, over veth", Load.GuestMany, 1500) { Carrier = Carrier.Veth, RateTarget = 2.8, CpuTarget = 1.2 },
        new("tunnel-64-plain", "tunnel → guest, 64 B, plain sender", Load.TunnelPlain, 64) { RateTarget = 2, CpuTarget = 1.3 },
        new("tunnel-64-segment", "tunnel → guest, 64 B, UDP_SEGMENT sender", Load.TunnelSegment, 64) { RateTarget = 20, CpuTarget = 1.5 },
        new("tunnel-1500-plain", "tunnel → guest, 1500 B, plain sender", Load.TunnelPlain, 1500) { RateTarget = 2.8, CpuTarget = 1.3 },
        new("tunnel-1500-segment", "tunnel → guest, 1500 B, UDP_SEGMENT sender", Load.TunnelSegment, 1500) { RateTarget = 5, CpuTarget = 1.3 },
        new("tunnel-9000-plain", "tunnel → guest, 9000 B, plain sender", Load.TunnelPlain, 9000) { CpuTarget = 1.3 },
        new("tunnel-1500-raw", "tunnel → guest, 1500 B, raw IP", Load.TunnelPlain, 1500) { Carrier = Carrier.RawIp },
        new("both-1500", "both ways at once, 1500 B, on both processors", Load.Both, 1500) { PeerHasGro = true },
        new("latency-64", "there and back, 64 B, one at a time", Load.Latency, 64),
        new("latency-64-poll", "the same with x-poll-us=50", Load.Latency, 64) { FrontendOptions = ",x-poll-us=50" },
        VhostUser("vhost-64", "guest → tunnel, 64 B", Load.GuestMany, 64),
        VhostUser("vhost-1500", "guest → tunnel, 1500 B", Load.GuestMany, 1500),
        VhostUser("vhost-tso", "guest → tunnel, 1500 B in TSO frames, peer with GRO", Load.GuestMany, 1500, Content.Tcp) with { PeerHasGro = true, RateTarget = 0.75, CpuTarget = 1.35 },
        VhostUser("vhost-tso-plain-peer", "guest → tunnel, 1500 B in TSO frames", Load.GuestMany, 1500, Content.Tcp) with { RateTarget = 0.85, CpuTarget = 1.35 },
        VhostUser("vhost-uso", "guest → tunnel, 1500 B in USO frames, peer with GRO", Load.GuestMany, 1500, Content.Udp) with { PeerHasGro = true },
        VhostUser("tunnel-vhost-1500-segment", "tunnel → guest, 1500 B, UDP_SEGMENT sender", Load.TunnelSegment, 1500),
        VhostUser("tunnel-vhost-tso", "tunnel → guest, 1500 B, UDP_SEGMENT sender, TCP for a guest that takes TSO frames", Load.TunnelSegment, 1500, Content.Tcp),
        VhostUser("tunnel-vhost-uso", "tunnel → guest, 1500 B, UDP_SEGMENT sender, UDP for a guest that takes USO frames", Load.TunnelSegment, 1500, Content.Udp),
    ];

    private static Row VhostUser(string name, string title, Load load, int size, Content content = Content.Ethernet) =>
        new(name, $"vhost-user: {title}", load, size) { FrontEnd = FrontEnd.VhostUser, Content = content };

    /// <summary>Those whose name contains one of the texts; all without a text.</summary>
    public static IReadOnlyList<Row> Named(IReadOnlyCollection<string> texts) =>
        [.. All.Where(row => texts.Count == 0 || texts.Any(text => row.Name.Contains(text, StringComparison.OrdinalIgnoreCase)))];
}
