namespace QemuL2tp.Performance;

/// <summary>Who sends, and how.</summary>
internal enum Load
{
    /// <summary>The guest's side, up to 64 KiB per write.</summary>
    GuestMany,

    /// <summary>The guest's side, one frame per write, as QEMU writes.</summary>
    GuestSingle,

    /// <summary>The tunnel's side, one datagram per frame.</summary>
    TunnelPlain,

    /// <summary>The tunnel's side with UDP_SEGMENT.</summary>
    TunnelSegment,

    /// <summary>Both sides at once, the tunnel's with UDP_SEGMENT.</summary>
    Both,

    /// <summary>One frame at a time, there and back.</summary>
    Latency,
}

/// <summary>What carries the pseudowire.</summary>
internal enum Carrier
{
    /// <summary>UDP over the loopback.</summary>
    Udp,

    /// <summary>IP protocol 115 over the loopback.</summary>
    RawIp,

    /// <summary>UDP over a veth pair to another namespace.</summary>
    Veth,
}

/// <summary>One kind of traffic: a row of the table.</summary>
internal sealed record Row(string Name, string Title, Load Load, int Size)
{
    /// <summary>The sink at the tunnel's end receives with UDP_GRO.</summary>
    public bool PeerHasGro { get; init; }

    public Carrier Carrier { get; init; }

    /// <summary>Generators at a time.</summary>
    public int Ways => Load == Load.Both ? 2 : 1;

    /// <summary>Frames per second, 0: as many as go.</summary>
    public ulong Pace { get; init; }

    /// <summary>More of our <c>--frontend</c>, with a comma in front.</summary>
    public string FrontendOptions { get; init; } = "";

    /// <summary>Further pseudowires of our process, over which nothing goes.</summary>
    public int Idle { get; init; }

    /// <summary>Our frames per second must be so many times QEMU's.</summary>
    public double? RateTarget { get; init; }

    /// <summary>Our processor time per frame may be so many times the limit's.</summary>
    public double? CpuTarget { get; init; }

    public bool FromTunnel => Load is Load.TunnelPlain or Load.TunnelSegment;
}
