namespace QemuL2tp.Options;

/// <summary>
/// What one <c>-netdev l2tpv3,…</c> says, with QEMU's rules applied and defaults filled in. Names are QEMU's, spelled
/// out; <c>receive</c>/<c>transmit</c> are QEMU's <c>rx</c>/<c>tx</c>.
/// </summary>
public sealed record L2tpv3Options
{
    /// <summary><c>id</c>: name of the netdev.</summary>
    public required string Id { get; init; }

    /// <summary><c>src</c>: local address or name.</summary>
    public required string Source { get; init; }

    /// <summary><c>dst</c>: peer's address or name.</summary>
    public required string Destination { get; init; }

    /// <summary><c>srcport</c>: local UDP port, a number from 0 to 65535 or a service name. Null without <c>udp</c>.</summary>
    public string? SourcePort { get; init; }

    /// <summary><c>dstport</c>: the peer's UDP port, a number from 0 to 65535 or a service name. Null without <c>udp</c>.</summary>
    public string? DestinationPort { get; init; }

    /// <summary><c>ipv6</c>: resolve and use IPv6 only; otherwise IPv4 only.</summary>
    public bool IPv6 { get; init; }

    /// <summary><c>udp</c>: UDP encapsulation; otherwise IP protocol 115.</summary>
    public bool Udp { get; init; }

    /// <summary><c>txsession</c>: session ID in sent packets.</summary>
    public required uint TransmitSession { get; init; }

    /// <summary><c>rxsession</c>: session ID demanded of received packets.</summary>
    public required uint ReceiveSession { get; init; }

    /// <summary>Bytes of cookie in each direction: 0, 4, or 8 with <c>cookie64</c>.</summary>
    public int CookieSize { get; init; }

    /// <summary><c>txcookie</c>: as given; 4-byte cookies send its low 32 bits.</summary>
    public ulong TransmitCookie { get; init; }

    /// <summary><c>rxcookie</c>: as given; a 4-byte cookie never equals a value above 32 bits.</summary>
    public ulong ReceiveCookie { get; init; }

    /// <summary><c>counter</c>: the 4-byte counter field is present.</summary>
    public bool Counter { get; init; }

    /// <summary><c>pincounter</c>: the counter field is always 0. Means nothing without <see cref="Counter"/>.</summary>
    public bool PinCounter { get; init; }

    /// <summary><c>offset</c>: bytes between header and frame, 0..256.</summary>
    public int Offset { get; init; }

    /// <summary><c>x-strict-source</c>: drop packets that do not come from <c>dst</c> (and <c>dstport</c>).</summary>
    public bool StrictSource { get; init; } = true;
}
