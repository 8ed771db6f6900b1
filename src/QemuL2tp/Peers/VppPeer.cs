using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>VPP's l2tp plugin (<c>src/plugins/l2tp/l2tp.c</c>), the keyed tunnel of RFC 8159: IPv6, 8-byte cookies, no UDP.</summary>
internal static class VppPeer
{
    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("VPP", request);
        rules.NoUdp();
        rules.NoOffset();
        L2tpv3Options ours = request.Ours;
        if (!ours.IPv6)
            throw rules.Refused("src", ours.Source, "It has IPv6 only: add ipv6=on and write IPv6 addresses.");
        foreach ((string cookie, int size) in new[] { ("txcookie", ours.TransmitCookieSize), ("rxcookie", ours.ReceiveCookieSize) })
        {
            if (size != 8)
                throw rules.Refused($"x-{cookie}-size", FormattableString.Invariant($"{size}"), "Its cookies always have 8 bytes: add cookie64=on,txcookie=VALUE,rxcookie=VALUE.");
        }

        rules.Sessions();
        (string local, string remote) = rules.Addresses();
        L2tpv3Options end = request.FarEnd;
        string name = InterfaceName.Numbered(request, "l2tpv3_tunnel");
        yield return Comment($"VPP, the host with {local}; UPLINK: its interface toward {remote}");
        yield return Comment($"create prints the name of the interface: write it in place of {name} if it is another one, and bridge it");
        yield return Comment(InnerMtu.Note(request));
        if (end.Rfc3931Sequencing)
            yield return Comment("it ignores our sequence numbers and sends none");
        yield return $"create l2tpv3 tunnel client {remote} our {local}"
            + $" local-cookie {NetdevWriter.CookieDigits(end.ReceiveCookie, 8)} remote-cookie {NetdevWriter.CookieDigits(end.TransmitCookie, 8)}"
            + FormattableString.Invariant($" local-session-id {end.ReceiveSession} remote-session-id {end.TransmitSession}")
            + (end.Counter ? " l2-sublayer-present" : "");
        yield return $"set interface state {name} up";
        yield return "set interface ip6 l2tpv3 UPLINK";
    }

    private static string Comment(string text) => $"comment {{ {text} }}";
}
