namespace QemuL2tp.Performance;

/// <summary>Who sends, and how.</summary>
internal enum Load
{
    /// <summary>The guest's side, as much at a time as goes: 64 KiB per write, or what the ring takes.</summary>
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

/// <summary>What a forwarder is connected to.</summary>
internal enum FrontEnd
{
    /// <summary>A unix stream socket, as of <c>-netdev stream</c>.</summary>
    Stream,

    /// <summary>Rings in shared memory, as of <c>-netdev vhost-user</c>. Of the forwarders only ours knows them.</summary>
    VhostUser,
}

/// <summary>What frames are made of.</summary>
internal enum Content
{
    /// <summary>An Ethernet header, and nothing that anybody knows.</summary>
    Ethernet,

    /// <summary>TCP. The guest hands over super-frames of 64 KiB (TSO), and takes them where the forwarder puts frames together.</summary>
    Tcp,

    /// <summary>The same with UDP (USO).</summary>
    Udp,
}

/// <summary>One kind of traffic: a row of the table.</summary>
internal sealed record Row(string Name, string Title, Load Load, int Size)
{
    /// <summary>The sink at the tunnel's end receives with UDP_GRO.</summary>
    public bool PeerHasGro { get; init; }

    public Carrier Carrier { get; init; }

    public FrontEnd FrontEnd { get; init; }

    public Content Content { get; init; }

    /// <summary>Generators at a time.</summary>
    public int Ways => Load == Load.Both ? 2 : 1;

    /// <summary>Frames per second, 0: as many as go.</summary>
    public ulong Pace { get; init; }

    /// <summary>More of our <c>--frontend</c>, with a comma in front.</summary>
    public string FrontendOptions { get; init; } = "";

    /// <summary>Further pseudowires of our process, over which nothing goes.</summary>
    public int Idle { get; init; }

    /// <summary>Our frames per second must be so many times those of the <see cref="Forwarder.YardstickOf">yardstick</see>.</summary>
    public double? RateTarget { get; init; }

    /// <summary>Our processor time per frame may be so many times the limit's; with vhost-user that of the yardstick.</summary>
    public double? CpuTarget { get; init; }

    public bool FromTunnel => Load is Load.TunnelPlain or Load.TunnelSegment;

    /// <summary>The row of the same traffic on a stream: frames of the same size, one by one.</summary>
    public Row ByStream => this with { FrontEnd = FrontEnd.Stream, Content = Content.Ethernet };
}
