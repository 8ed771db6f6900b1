using QemuL2tp.Options;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Options of a pseudowire for tests, and the peer that fits them.</summary>
internal static class PseudowireOptions
{
    public const uint TransmitSession = 0x11223344;
    public const uint ReceiveSession = 0x55667788;
    public const ulong TransmitCookie = 0xa1a2a3a4a5a6a7a8;
    public const ulong ReceiveCookie = 0xb1b2b3b4b5b6b7b8;

    public static L2tpv3Options Create(
        bool udp = true, bool ipv6 = false, int cookie = 0, bool counter = false, bool pin = false, int offset = 0) => new()
        {
            Id = "net0",
            Source = ipv6 ? "::1" : "127.0.0.1",
            Destination = ipv6 ? "::2" : "127.0.0.2",
            SourcePort = udp ? "17001" : null,
            DestinationPort = udp ? "17002" : null,
            Udp = udp,
            IPv6 = ipv6,
            TransmitSession = TransmitSession,
            ReceiveSession = ReceiveSession,
            TransmitCookieSize = cookie,
            ReceiveCookieSize = cookie,
            TransmitCookie = cookie == 4 ? TransmitCookie >> 32 : TransmitCookie,
            ReceiveCookie = cookie == 4 ? ReceiveCookie >> 32 : ReceiveCookie,
            Counter = counter,
            PinCounter = pin,
            Offset = offset,
        };

    // Two encapsulations, two families, three cookies, four settings of the counter, five offsets.
    private static IEnumerable<L2tpv3Options> All =>
        from udp in new[] { true, false }
        from ipv6 in new[] { false, true }
        from cookie in new[] { 0, 4, 8 }
        from counter in new[] { false, true }
        from pin in new[] { false, true }
        from offset in new[] { 0, 1, 4, 255, 256 }
        select Create(udp, ipv6, cookie, counter, pin, offset);

    /// <summary>Every combination, with a name that can be read in a list of tests.</summary>
    public static IEnumerable<TestCaseData> Cases => All.Select(options => new TestCaseData(options).SetArgDisplayNames(Describe(options)));

    public static L2tpPeer PeerOf(L2tpv3Options options) => new()
    {
        OverUdp = options.Udp,
        IPv4Header = options.Udp || options.IPv6 ? [] : IPv4Header(),
        ExpectSession = options.TransmitSession,
        SendSession = options.ReceiveSession,
        ExpectCookie = L2tpPeer.BigEndian(options.TransmitCookie, options.TransmitCookieSize),
        SendCookie = L2tpPeer.BigEndian(options.ReceiveCookie, options.ReceiveCookieSize),
        Sublayer = options.Counter,
        Padding = options.Offset,
    };

    /// <summary>An IPv4 header with protocol 115, with <paramref name="optionBytes"/> of IP options; the total length is left 0.</summary>
    public static byte[] IPv4Header(int optionBytes = 0)
    {
        byte[] header = new byte[20 + optionBytes];
        byte[] fixedPart = [0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 115, 0, 0, 127, 0, 0, 2, 127, 0, 0, 1];
        fixedPart.CopyTo(header, 0);
        header[0] = (byte)(0x40 | (header.Length / 4));
        header.AsSpan(20).Fill(1); // NOP.
        return header;
    }

    private static string Describe(L2tpv3Options o) =>
        $"{(o.Udp ? "udp" : "ip")} IPv{(o.IPv6 ? 6 : 4)} cookie {o.TransmitCookieSize}{(o.Counter ? " counter" : "")}{(o.PinCounter ? " pincounter" : "")} offset {o.Offset}";
}
