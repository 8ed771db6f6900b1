using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Options that a peer could have, for properties.</summary>
internal static class PeerOptions
{
    private static readonly string[] s_ipv4 = ["10.0.0.1", "192.168.255.254", "1.2.3.4", "203.0.113.7"];
    private static readonly string[] s_ipv6 = ["fd00::1", "fd00::2", "2001:db8::a:0:0:1", "::1"];

    /// <summary>All that a Linux kernel can be told. Cookies have no more bits than bytes for them.</summary>
    public static Gen<L2tpv3Options> ForLinux { get; } =
        from ipv6 in Flag
        from addresses in Gen.Two(Gen.Elements(ipv6 ? s_ipv6 : s_ipv4))
        from udp in Flag
        from ports in Gen.Two(Gen.Choose(1, ushort.MaxValue))
        from sessions in Gen.Two(Number.Select(number => (uint)number).Where(session => session != 0))
        from sizes in Gen.Two(Gen.Elements(0, 4, 8))
        from cookies in Gen.Two(Number)
        from sublayer in Gen.Elements("none", "counter", "pinned", "rfc3931")
        select new L2tpv3Options
        {
            Id = "net0",
            Source = addresses.Item1,
            Destination = addresses.Item2,
            IPv6 = ipv6,
            Udp = udp,
            SourcePort = udp ? $"{ports.Item1}" : null,
            DestinationPort = udp ? $"{ports.Item2}" : null,
            TransmitSession = sessions.Item1,
            ReceiveSession = sessions.Item2,
            TransmitCookieSize = sizes.Item1,
            ReceiveCookieSize = sizes.Item2,
            TransmitCookie = Cut(cookies.Item1, sizes.Item1),
            ReceiveCookie = Cut(cookies.Item2, sizes.Item2),
            Counter = sublayer != "none",
            PinCounter = sublayer == "pinned",
            Rfc3931Sequencing = sublayer == "rfc3931",
        };

    /// <summary>All that NetBSD's l2tp0 can be told.</summary>
    public static Gen<L2tpv3Options> ForNetBsd { get; } =
        from options in ForLinux
        from sizes in Gen.Two(Gen.Elements(4, 8))
        from cookies in Gen.Two(Number.Select(cookie => cookie & long.MaxValue))
        from hasCookies in Flag
        select options with
        {
            Id = "l2tp0",
            Udp = false,
            SourcePort = null,
            DestinationPort = null,
            Counter = false,
            PinCounter = false,
            Rfc3931Sequencing = false,
            TransmitCookieSize = hasCookies ? sizes.Item1 : 0,
            ReceiveCookieSize = hasCookies ? sizes.Item2 : 0,
            TransmitCookie = hasCookies ? Math.Max(1, Cut(cookies.Item1, sizes.Item1)) : 0,
            ReceiveCookie = hasCookies ? Math.Max(1, Cut(cookies.Item2, sizes.Item2)) : 0,
        };

    /// <summary>All that QEMU itself can be told, names for addresses and ports included.</summary>
    public static Gen<L2tpv3Options> ForQemu { get; } =
        from options in ForLinux
        from names in Gen.Two(Gen.Elements("host", "a,b", "it's", "10.1"))
        from named in Flag
        from size in Gen.Elements(0, 4, 8)
        from cookies in Gen.Two(Number)
        from offset in Gen.Choose(0, 256)
        from sessions in Gen.Two(Gen.Elements(0u, 1u, uint.MaxValue))
        select options with
        {
            Source = named && !options.IPv6 ? names.Item1 : options.Source,
            Destination = named && !options.IPv6 ? names.Item2 : options.Destination,
            TransmitCookieSize = size,
            ReceiveCookieSize = size,
            TransmitCookie = Cut(cookies.Item1, size),
            ReceiveCookie = Cut(cookies.Item2, size),
            Offset = offset,
            TransmitSession = named ? sessions.Item1 : options.TransmitSession,
            ReceiveSession = named ? sessions.Item2 : options.ReceiveSession,
            Rfc3931Sequencing = false,
        };

    private static Gen<bool> Flag => ArbMap.Default.GeneratorFor<bool>();

    private static Gen<ulong> Number => Gen.OneOf(
        Gen.Elements(0ul, 1ul, 0x7fff_fffful, 0x8000_0000ul, uint.MaxValue, 1ul << 63, ulong.MaxValue),
        Gen.Two(Gen.Choose(int.MinValue, int.MaxValue)).Select(two => ((ulong)(uint)two.Item1 << 32) | (uint)two.Item2));

    private static ulong Cut(ulong cookie, int size) => size switch
    {
        0 => 0,
        4 => (uint)cookie,
        _ => cookie,
    };
}
