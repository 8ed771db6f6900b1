using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>MikroTik RouterOS 7 (its documentation of <c>/interface/l2tp-ether</c>), in unmanaged mode.</summary>
internal static class MikrotikPeer
{
    /// <summary>It has no property for ports.</summary>
    private const string Port = "1701";

    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("RouterOS", request);
        rules.NoOffset();
        rules.Sessions();
        rules.EqualCookies();
        CheckPorts(rules, request.Ours);
        (string local, string remote) = rules.Addresses();
        L2tpv3Options end = request.FarEnd;
        (string tunnel, string peerTunnel) = TunnelIds.Of(end);

        yield return $"# RouterOS 7, the router with {local}; by its documentation, so look at a capture if frames do not arrive";
        yield return $"# {InnerMtu.Note(request)}";
        if (end.Rfc3931Sequencing)
            yield return "# RouterOS has no property for sequence numbers: whether it takes ours is for a capture to tell";
        yield return $"/interface/l2tp-ether/add name={InterfaceName.ForLinux(request)} unmanaged-mode=yes l2tp-proto-version=l2tpv3-{(end.Udp ? "udp" : "ip")}"
            + $" local-address={local} connect-to={remote} local-tunnel-id={tunnel} remote-tunnel-id={peerTunnel}"
            + FormattableString.Invariant($" local-session-id={end.ReceiveSession} remote-session-id={end.TransmitSession}{Cookies(end)}")
            + FormattableString.Invariant($" use-l2-specific-sublayer={(end.Counter ? "yes" : "no")} mtu={InnerMtu.Of(request)} disabled=no");
    }

    /// <summary>As for Linux, the peer's is the one that is expected.</summary>
    private static string Cookies(L2tpv3Options end) => end.ReceiveCookieSize == 0
        ? " cookie-length=0"
        : FormattableString.Invariant($" cookie-length={end.ReceiveCookieSize}-bytes")
            + $" send-cookie={NetdevWriter.CookieDigits(end.TransmitCookie, end.TransmitCookieSize)}"
            + $" peer-cookie={NetdevWriter.CookieDigits(end.ReceiveCookie, end.ReceiveCookieSize)}";

    private static void CheckPorts(PeerRules rules, L2tpv3Options ours)
    {
        foreach ((string name, string? port) in new[] { ("srcport", ours.SourcePort), ("dstport", ours.DestinationPort) })
        {
            if (port is not null and not Port)
                throw rules.Refused(name, port, $"It has no property for UDP ports: write srcport={Port},dstport={Port}, the port of L2TP.");
        }
    }
}
