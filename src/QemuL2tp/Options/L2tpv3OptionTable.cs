namespace QemuL2tp.Options;

/// <summary>What kind of value an option takes.</summary>
internal enum L2tpv3OptionType
{
    /// <summary>A letter, then letters, digits, <c>-</c>, <c>.</c>, <c>_</c>.</summary>
    Identifier,

    /// <summary>Any text.</summary>
    String,

    /// <summary><c>on</c> or <c>off</c>; in JSON <c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>0 to 0xffffffff; in text also hexadecimal and octal.</summary>
    UInt32,

    /// <summary>0 to 0xffffffffffffffff; in text also hexadecimal and octal.</summary>
    UInt64,
}

/// <summary>One option of <c>-netdev l2tpv3</c>.</summary>
/// <param name="Name">QEMU's name, or ours when it begins with <c>x-</c>.</param>
/// <param name="Type">Kind of value.</param>
/// <param name="Default">What holds when it is absent, as help text; null when it must be given.</param>
/// <param name="Help">One line without a full stop.</param>
internal sealed record L2tpv3OptionInfo(string Name, L2tpv3OptionType Type, string? Default, string Help)
{
    /// <summary>Whether leaving the option out is an error.</summary>
    public bool IsRequired => Default is null;
}

/// <summary>
/// All options of <c>-netdev l2tpv3</c>, in the order in which QEMU looks at them (qapi/net.json, NetdevL2TPv3Options): of
/// several mistakes the first in this order is reported. The parser, <c>--help</c> and the documentation all follow this table.
/// </summary>
internal static class L2tpv3OptionTable
{
    /// <summary>Every option; our own come last.</summary>
    public static IReadOnlyList<L2tpv3OptionInfo> Rows { get; } =
    [
        new("id", L2tpv3OptionType.Identifier, null, "name of this netdev; a front end finds it by this name"),
        new("type", L2tpv3OptionType.String, null, "l2tpv3; the first item without a name means this"),
        new("src", L2tpv3OptionType.String, null, "local address or host name"),
        new("dst", L2tpv3OptionType.String, null, "the peer's address or host name"),
        new("srcport", L2tpv3OptionType.String, "none", "local UDP port, number or service name; required with udp"),
        new("dstport", L2tpv3OptionType.String, "none", "the peer's UDP port, number or service name; required with udp"),
        new("ipv6", L2tpv3OptionType.Boolean, "off", "resolve src and dst to IPv6 addresses only; off means IPv4 only"),
        new("udp", L2tpv3OptionType.Boolean, "off", "carry the pseudowire in UDP; off means IP protocol 115"),
        new("cookie64", L2tpv3OptionType.Boolean, "not given", "cookies have 8 bytes instead of 4; any mention selects 8, even off"),
        new("counter", L2tpv3OptionType.Boolean, "off", "add the 4-byte counter field"),
        new("pincounter", L2tpv3OptionType.Boolean, "off", "send 0 in the counter field instead of counting"),
        new("txcookie", L2tpv3OptionType.UInt64, "none", "cookie in sent packets; needs rxcookie"),
        new("rxcookie", L2tpv3OptionType.UInt64, "none", "cookie demanded of received packets; needs txcookie"),
        new("txsession", L2tpv3OptionType.UInt32, null, "session ID in sent packets"),
        new("rxsession", L2tpv3OptionType.UInt32, "txsession", "session ID demanded of received packets"),
        new("offset", L2tpv3OptionType.UInt32, "0", "bytes between header and frame, 0 to 256"),
        new("x-strict-source", L2tpv3OptionType.Boolean, "on", "drop packets that do not come from dst (and dstport); QEMU takes them from anyone"),
        new("x-reorder-window", L2tpv3OptionType.UInt32, "0", "deliver in the order of the counter, up to so many frames ahead of a missing one, 0 (off) to 1024"),
        new("x-reorder-hold", L2tpv3OptionType.UInt32, "20", "longest time in ms that x-reorder-window holds a frame back, 0 to 1000"),
        new("x-reorder-late", L2tpv3OptionType.String, "deliver", "deliver or drop: a frame that comes after it was given up for lost"),
        new("x-restart-run", L2tpv3OptionType.UInt32, "3", "so many numbers in a row, far too low, mean that the peer began anew, 2 to 16"),
        new("x-seq", L2tpv3OptionType.String, "plain", "rfc3931: send S bit and 24-bit numbers from 0; plain: QEMU's counter"),
        new("x-seq-file", L2tpv3OptionType.String, "ID.seq in the state directory", "keeps the next number of x-seq=rfc3931 across restarts"),
        new("x-txcookie-size", L2tpv3OptionType.UInt32, "4, 8 with cookie64", "bytes of cookie in sent packets: 4, 8, or 0 for none; wins over cookie64"),
        new("x-rxcookie-size", L2tpv3OptionType.UInt32, "4, 8 with cookie64", "bytes of cookie in received packets: 4, 8, or 0 for none; wins over cookie64"),
        new("x-rxcookie2", L2tpv3OptionType.UInt64, "none", "another cookie accepted in received packets while the peer changes its own"),
        new("x-gso", L2tpv3OptionType.String, "auto", "send equal frames as one UDP message (UDP_SEGMENT); on: fail where the kernel cannot, off: never"),
        new("x-gro", L2tpv3OptionType.String, "auto", "take several UDP datagrams as one (UDP_GRO); on: fail where the kernel cannot, off: never"),
        new("x-wait", L2tpv3OptionType.Boolean, "off; on in files and with netdev_add", "wait for an address, an interface or a name that is not there yet"),
        new("x-resolve", L2tpv3OptionType.String, "again", "again: look dst up again when the peer was silent for a minute; once: never again"),
    ];

    /// <summary>Option name to help text.</summary>
    internal static IReadOnlyDictionary<string, string> Help { get; } = Rows.ToDictionary(row => row.Name, row => row.Help);
}
