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

    /// <summary>Bytes of cookie in sent packets: 0, 4, or 8 with <c>cookie64</c>; <c>x-txcookie-size</c> says otherwise.</summary>
    public int TransmitCookieSize { get; init; }

    /// <summary>Bytes of cookie in received packets: 0, 4, or 8 with <c>cookie64</c>; <c>x-rxcookie-size</c> says otherwise.</summary>
    public int ReceiveCookieSize { get; init; }

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

    /// <summary><c>x-rxcookie2</c>: a second cookie accepted in received packets while a peer changes its own (RFC 8159, 4); null: none.</summary>
    public ulong? ReceiveCookie2 { get; init; }

    /// <summary><c>x-seq=rfc3931</c>: the counter field is the default L2-specific sublayer (RFC 3931, 4.6): S bit, 24 bits, from 0.</summary>
    public bool Rfc3931Sequencing { get; init; }

    /// <summary><c>x-seq-file</c>: where the next number is kept across restarts; null: a place of the program's choice.</summary>
    public string? SequenceFile { get; init; }

    /// <summary><c>x-reorder-window</c>: numbers ahead of the expected one that are held back for it, 0..1024; 0: deliver as they come.</summary>
    public int ReorderWindow { get; init; }

    /// <summary><c>x-reorder-hold</c>: longest time in milliseconds that a frame is held back, 0..1000.</summary>
    public int ReorderHoldMilliseconds { get; init; } = 20;

    /// <summary><c>x-reorder-late=drop</c>: drop frames whose number was given up; otherwise deliver them.</summary>
    public bool DropLate { get; init; }

    /// <summary><c>x-restart-run</c>: so many numbers in sequence, all behind, mean that the peer began anew, 2..16.</summary>
    public int RestartRun { get; init; } = 3;

    /// <summary><c>x-strict-source</c>: drop packets that do not come from <c>dst</c> (and <c>dstport</c>).</summary>
    public bool StrictSource { get; init; } = true;

    /// <summary><c>x-gso</c>: send several frames of equal size in one call of the kernel's UDP (UDP_SEGMENT).</summary>
    public OffloadSwitch SendOffload { get; init; }

    /// <summary><c>x-gro</c>: take several datagrams at once from the kernel's UDP (UDP_GRO).</summary>
    public OffloadSwitch ReceiveOffload { get; init; }

    /// <summary><c>x-wait</c>: wait for an address, an interface or a name that is not there yet; null: not given.</summary>
    public bool? Waits { get; init; }

    /// <summary><c>x-resolve=once</c>: a name in <c>dst</c> is not looked up again when the peer has been silent for a minute.</summary>
    public bool ResolveOnce { get; init; }
}
