namespace QemuL2tp.Integration.Peers;

/// <summary>The pseudowires of the vhost-user scenarios; their numbers begin at 110.</summary>
internal static class VhostUserWires
{
    /// <summary>Half of the Linux matrix: with every value of each factor, every pair of values of two factors occurs.</summary>
    public static readonly IReadOnlyList<Wire> Matrix =
    [
        .. Wires.Matrix
            .Where(wire => (Bit(wire.Udp) + Bit(wire.Ipv6) + (wire.CookieBytes / 4) + Bit(wire.Counter) + Bit(wire.Pinned)) % 2 == 0)
            .Select((wire, i) => wire with { Number = 110 + i }),
    ];

    public static readonly Wire Bulk = Of(130);

    /// <summary>A wire to the Linux peer.</summary>
    public static Wire Of(int number) => new(number, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true);

    private static int Bit(bool value) => value ? 1 : 0;
}
