using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>The other end's view of a pseudowire: what one end sends, the other one expects.</summary>
internal static class FarEnd
{
    /// <summary>
    /// What the other end would be told if it were a qemu-l2tp. Options about an end's own doing, which no packet shows, are as
    /// without mention, and so are the zones of link-local addresses, which mean something on one host only. The far end of the far end is what was there before, but for those.
    /// </summary>
    public static L2tpv3Options Of(L2tpv3Options end) => new()
    {
        Id = end.Id,
        Source = IPText.WithoutZone(end.Destination),
        Destination = IPText.WithoutZone(end.Source),
        SourcePort = end.DestinationPort,
        DestinationPort = end.SourcePort,
        IPv6 = end.IPv6,
        Udp = end.Udp,
        TransmitSession = end.ReceiveSession,
        ReceiveSession = end.TransmitSession,
        TransmitCookieSize = end.ReceiveCookieSize,
        ReceiveCookieSize = end.TransmitCookieSize,
        TransmitCookie = end.ReceiveCookie,
        ReceiveCookie = end.TransmitCookieSize == 4 ? (uint)end.TransmitCookie : end.TransmitCookie,
        Counter = end.Counter,
        PinCounter = end is { Counter: true, PinCounter: true },
        Rfc3931Sequencing = end.Rfc3931Sequencing,
        Offset = end.Offset,
    };
}
