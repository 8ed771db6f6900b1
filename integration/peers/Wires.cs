namespace QemuL2tp.Integration.Peers;

/// <summary>Every pseudowire there is: the machines are booted once, with all of them.</summary>
internal static class Wires
{
    /// <summary>{udp, ip} × {IPv4, IPv6} × {no cookie, 4, 8} × {no counter, counter, counter pinned}.</summary>
    public static readonly IReadOnlyList<Wire> Matrix =
    [
        .. (from udp in new[] { true, false }
            from ipv6 in new[] { false, true }
            from cookie in new[] { 0, 4, 8 }
            from counter in new[] { "off", "on", "pinned" }
            select (udp, ipv6, cookie, counter))
        .Select((one, i) => new Wire(i + 1, one.udp, one.ipv6, one.cookie, one.counter != "off", one.counter == "pinned")),
    ];

    public static readonly Wire Vlan = new(40, Udp: true, Ipv6: false, CookieBytes: 0, Counter: true);
    public static readonly Wire Bulk = new(41, Udp: true, Ipv6: false, CookieBytes: 8, Counter: true);
    public static readonly Wire RawFrames = new(42, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true);
    public static readonly Wire QemuRestarts = new(43, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true);
    public static readonly Wire WeRestart = new(44, Udp: false, Ipv6: false, CookieBytes: 4, Counter: true);
    public static readonly Wire LatePeerUdp = new(45, Udp: true, Ipv6: false, CookieBytes: 0, Counter: true) { Remote = "10.0.0.45" };
    public static readonly Wire LatePeerIp = new(46, Udp: false, Ipv6: false, CookieBytes: 0, Counter: true) { Remote = "10.0.0.46" };
    public static readonly Wire WrongCookie = new(47, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true) { WrongCookie = true };
    public static readonly Wire QemuPeerUdp = new(50, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true) { Remote = HostNetwork.FarAddress };
    public static readonly Wire QemuPeerIp = new(51, Udp: false, Ipv6: false, CookieBytes: 8, Counter: false) { Remote = HostNetwork.FarAddress };
    public static readonly Wire BackToBack = new(52, Udp: true, Ipv6: false, CookieBytes: 8, Counter: true) { Remote = HostNetwork.FarAddress, Mtu = 9000 };

    /// <summary>Through a relay; both ends number what they send, for only then does Linux.</summary>
    public static readonly Wire ReorderedPlain = new(53, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true) { Sequencing = "send", MoreOptions = ",x-seq=rfc3931" };
    public static readonly Wire ReorderedWindow = ReorderedPlain with { Number = 54, MoreOptions = ",x-seq=rfc3931,x-reorder-window=64" };

    /// <summary>One NIC of the guest for all that <c>peer-config</c> prints and reads; QEMU listens on its socket.</summary>
    public static readonly Wire PeerConfig = new(55, Udp: true, Ipv6: false, CookieBytes: 0, Counter: true);
    public static readonly Wire PeerConfigQemu = new(56, Udp: true, Ipv6: false, CookieBytes: 8, Counter: true) { Remote = HostNetwork.FarAddress };

    /// <summary>Of one process with a configuration file and a control socket; QEMU listens.</summary>
    public static readonly Wire Configured = new(57, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true);
    public static readonly Wire Added = new(58, Udp: true, Ipv6: false, CookieBytes: 0, Counter: true);

    /// <summary>Three sessions of one tunnel, each with another cookie; one process.</summary>
    public static readonly IReadOnlyList<Wire> Shared =
    [
        new(240, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true),
        new(241, Udp: true, Ipv6: false, CookieBytes: 8, Counter: true) { TunnelOf = 240 },
        new(242, Udp: true, Ipv6: false, CookieBytes: 0, Counter: false) { TunnelOf = 240 },
    ];

    /// <summary>One port of ours toward two peers that know no other; the second peer's address comes with its scenario.</summary>
    public static readonly IReadOnlyList<Wire> OnePort =
    [
        new(243, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true) { Port = 1701 },
        new(244, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true) { Port = 1701, Remote = "10.0.0.244" },
    ];

    /// <summary>Two sessions of one tunnel, of a process with a configuration file; QEMU listens.</summary>
    public static readonly IReadOnlyList<Wire> HostedShared =
    [
        new(245, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true),
        new(246, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true) { TunnelOf = 245 },
    ];

    public static IReadOnlyList<Wire> Hosted => [Configured, Added, .. HostedShared];

    public static IReadOnlyList<Wire> Reordered => [ReorderedPlain, ReorderedWindow];

    /// <summary>The wires that end in the Linux peer from the start.</summary>
    public static IEnumerable<Wire> OfPeer => [.. Matrix, Vlan, Bulk, RawFrames, QemuRestarts, WeRestart, WrongCookie, .. Settings.BuiltInBackEnd ? [] : (IEnumerable<Wire>)[.. Reordered, .. Hosted, .. Shared]];
}
