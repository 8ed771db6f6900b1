using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>A Linux kernel's l2tp modules, by <c>ip l2tp</c> (iproute2, <c>ip/ipl2tp.c</c>).</summary>
internal static class LinuxPeer
{
    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("Linux", request);
        rules.NoOffset();
        rules.Sessions();
        rules.SessionOfHost();
        (string local, string remote) = rules.Addresses();
        L2tpv3Options end = request.FarEnd;
        (string tunnel, string peerTunnel) = TunnelIds.Shared(request);
        string name = InterfaceName.ForLinux(request);
        int mtu = InnerMtu.Of(request);

        yield return $"# Linux, on the host {local}, as root";
        foreach (string note in LinuxNotes.For(request))
            yield return $"# {note}";
        if (request.TunnelOwner is { } owner)
            yield return $"# in the tunnel of '{owner.Ours.Id}', between the same addresses";
        else
            yield return $"ip l2tp add tunnel tunnel_id {tunnel} peer_tunnel_id {peerTunnel} encap {Encapsulation(rules, end)} local {local} remote {remote}";
        yield return FormattableString.Invariant($"ip l2tp add session name {name} tunnel_id {tunnel} session_id {end.ReceiveSession} peer_session_id {end.TransmitSession}{Cookies(end)}{Sublayer(end)}");
        yield return FormattableString.Invariant($"ip link set dev {name} mtu {mtu} up");
        yield return $"# to put it on a bridge: ip link set dev {name} master BRIDGE";
    }

    private static string Encapsulation(PeerRules rules, L2tpv3Options end)
    {
        if (!end.Udp)
            return "ip";
        (string local, string remote) = rules.Ports();
        return $"udp udp_sport {local} udp_dport {remote}";
    }

    /// <summary>For Linux <c>cookie</c> is what it sends and <c>peer_cookie</c> what it expects.</summary>
    private static string Cookies(L2tpv3Options end) =>
        (end.TransmitCookieSize == 0 ? "" : $" cookie {NetdevWriter.CookieDigits(end.TransmitCookie, end.TransmitCookieSize)}")
        + (end.ReceiveCookieSize == 0 ? "" : $" peer_cookie {NetdevWriter.CookieDigits(end.ReceiveCookie, end.ReceiveCookieSize)}");

    private static string Sublayer(L2tpv3Options end) =>
        !end.Counter ? " l2spec_type none" : end.Rfc3931Sequencing ? " l2spec_type default seq both" : " l2spec_type default";
}
