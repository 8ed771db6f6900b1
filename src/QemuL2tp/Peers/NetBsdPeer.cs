using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>NetBSD's l2tp(4), by ifconfig (<c>sbin/ifconfig/l2tp.c</c>, <c>sys/net/if_l2tp.c</c>): numbers are decimal.</summary>
internal static class NetBsdPeer
{
    private const int LeastMtu = 1280;
    private const int MostMtu = 8192;

    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("NetBSD's l2tp(4)", request);
        rules.NoUdp();
        rules.NoOffset();
        if (request.Ours.Counter)
            throw rules.Refused("counter", "on", "It has no L2-specific sublayer: leave out counter and what belongs to it.");
        rules.Sessions();
        rules.SessionOfHost();
        CheckCookies(rules, request.Ours);
        (string local, string remote) = rules.Addresses();
        L2tpv3Options end = request.FarEnd;
        string name = InterfaceName.Numbered(request, "l2tp");
        int mtu = Math.Clamp(InnerMtu.Of(request), LeastMtu, MostMtu);

        yield return $"# NetBSD, on the host {local}, as root";
        yield return "# every l2tp interface of this host needs a session ID of its own";
        yield return mtu == InnerMtu.Of(request)
            ? $"# {InnerMtu.Note(request)}"
            : FormattableString.Invariant($"# MTU {mtu}: NetBSD takes {LeastMtu} to {MostMtu}; without fragments outside it would be {InnerMtu.Of(request)}");
        yield return $"ifconfig {name} create";
        yield return $"ifconfig {name} tunnel {local} {remote}";
        yield return FormattableString.Invariant($"ifconfig {name} session {end.ReceiveSession} {end.TransmitSession}");
        if (end.ReceiveCookieSize > 0)
            yield return FormattableString.Invariant($"ifconfig {name} cookie {end.ReceiveCookieSize} {end.ReceiveCookie} {end.TransmitCookieSize} {end.TransmitCookie}");
        yield return FormattableString.Invariant($"ifconfig {name} mtu {mtu}");
        yield return $"ifconfig {name} up";
        yield return $"# to put it on a bridge: brconfig BRIDGE add {name}";
    }

    private static void CheckCookies(PeerRules rules, L2tpv3Options ours)
    {
        if (ours.TransmitCookieSize == 0 && ours.ReceiveCookieSize == 0)
            return;
        // The length may differ, but the kernel takes any that is not 4 for 8.
        foreach ((string name, ulong cookie, int size) in new[] { ("txcookie", ours.TransmitCookie, ours.TransmitCookieSize), ("rxcookie", ours.ReceiveCookie, ours.ReceiveCookieSize) })
        {
            if (size == 0)
                throw rules.Refused($"x-{name}-size", "0", "It has cookies in both directions or in none: give both, or leave both out.");
            ulong sent = size == 4 ? (uint)cookie : cookie;
            if (sent == 0)
                throw rules.Refused(name, $"0x{cookie:x}", "It refuses 0 for a cookie: choose another one.");
            if (sent > long.MaxValue)
                throw rules.Refused(name, $"0x{cookie:x}", "Its ifconfig reads signed numbers of 64 bits: choose a cookie up to 0x7fffffffffffffff.");
        }
    }
}
