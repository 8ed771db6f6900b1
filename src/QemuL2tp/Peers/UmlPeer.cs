using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>User Mode Linux's vector transport (<c>arch/um/drivers/vector_transports.c</c>): an argument for its command line.</summary>
internal static class UmlPeer
{
    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("User Mode Linux", request);
        rules.NoOffset();
        rules.EqualCookies();
        L2tpv3Options end = request.FarEnd;
        yield return $"# User Mode Linux, on the host {end.Source}{(end.Udp ? "" : ", with CAP_NET_RAW")}";
        yield return $"# {InnerMtu.Note(request)}";
        if (end.Rfc3931Sequencing)
            yield return "# it ignores our sequence numbers and sends a plain counter";
        if (!end.Udp || end is { Counter: true, PinCounter: false })
            yield return "# its driver does not clear what is not given: if frames are shifted, udp=1 or pin_counter=1 were taken as given";
        yield return ShellWord.Quote($"{InterfaceName.Numbered(request, "vec")}:{string.Join(',', Items(end))},mtu={FormattableString.Invariant($"{InnerMtu.Of(request)}")}");
    }

    private static IEnumerable<string> Items(L2tpv3Options end)
    {
        yield return "transport=l2tpv3";
        if (end.Udp)
            yield return "udp=1";
        if (end.IPv6)
            yield return "v6=1";
        yield return $"src={end.Source},dst={end.Destination}";
        if (end.Udp)
            yield return $"srcport={end.SourcePort},dstport={end.DestinationPort}";
        // Read as signed: what does not fit is refused, its negative is taken.
        yield return FormattableString.Invariant($"rx_session={unchecked((int)end.ReceiveSession)},tx_session={unchecked((int)end.TransmitSession)}");
        if (end.ReceiveCookieSize == 8)
            yield return "cookie64=1";
        if (end.ReceiveCookieSize > 0)
            yield return $"rx_cookie={NetdevWriter.Cookie(end.ReceiveCookie, end.ReceiveCookieSize)},tx_cookie={NetdevWriter.Cookie(end.TransmitCookie, end.TransmitCookieSize)}";
        if (end.Counter)
            yield return end.PinCounter ? "counter=1,pin_counter=1" : "counter=1";
    }
}
