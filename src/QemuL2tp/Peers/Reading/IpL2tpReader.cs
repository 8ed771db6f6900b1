using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>Reads <c>ip l2tp add tunnel</c> and <c>ip l2tp add session</c>, with the defaults of iproute2's <c>ip/ipl2tp.c</c>.</summary>
internal static class IpL2tpReader
{
    /// <summary>The Linux end of each session, in order.</summary>
    /// <exception cref="UserErrorException">A command is wrong, or a tunnel or session is alone.</exception>
    public static IEnumerable<L2tpv3Options> Read(IEnumerable<ShellCommand> commands, ICollection<string> warnings)
    {
        IpL2tpArguments[] added = [.. commands.Select(Added).OfType<IpL2tpArguments>()];
        ILookup<uint, IpL2tpArguments> tunnels = added.Where(one => one.IsTunnel).ToLookup(one => one.Number("tunnel_id"));
        IpL2tpArguments[] sessions = [.. added.Where(one => one.IsSession)];
        foreach (IpL2tpArguments session in sessions)
        {
            uint id = session.Number("tunnel_id");
            IpL2tpArguments tunnel = tunnels[id].LastOrDefault()
                ?? throw session.Error($"there is no tunnel with 'tunnel_id {id}' for this session", $"Add the line ip l2tp add tunnel tunnel_id {id} ... that made it.");
            yield return End(tunnel, session, warnings);
        }

        if (tunnels.FirstOrDefault(group => !sessions.Any(session => session.Number("tunnel_id") == group.Key)) is { } alone)
            throw alone.First().Error($"tunnel {alone.Key} has no session", $"Add the line ip l2tp add session tunnel_id {alone.Key} ... that belongs to it.");
    }

    private static IpL2tpArguments? Added(ShellCommand command) =>
        IpCommand.L2tpArguments(command.Words) is [var verb, .. var words] && IpCommand.Abbreviates(verb, "add")
            ? new IpL2tpArguments(command.Line, words)
            : null;

    private static L2tpv3Options End(IpL2tpArguments tunnel, IpL2tpArguments session, ICollection<string> warnings)
    {
        string local = tunnel.Address("local");
        string remote = tunnel.Address("remote");
        if (IPText.IsIPv6(local) != IPText.IsIPv6(remote))
            throw tunnel.Error($"'local {local}' and 'remote {remote}' are not of one family", "Write two IPv4 or two IPv6 addresses.");
        tunnel.Number("peer_tunnel_id");
        bool udp = tunnel.Word("encap", "udp", "udp", "ip") == "udp";
        (ulong cookie, int cookieSize) = session.Cookie("cookie");
        (ulong peerCookie, int peerCookieSize) = session.Cookie("peer_cookie");
        (bool counter, bool numbered) = Sublayer(session);
        WarnAboutOffset(session, warnings);
        return new L2tpv3Options
        {
            Id = session.Find("name") ?? "",
            Source = local,
            Destination = remote,
            SourcePort = udp ? FormattableString.Invariant($"{tunnel.Number("udp_sport", ushort.MaxValue)}") : null,
            DestinationPort = udp ? FormattableString.Invariant($"{tunnel.Number("udp_dport", ushort.MaxValue)}") : null,
            IPv6 = IPText.IsIPv6(local),
            Udp = udp,
            TransmitSession = session.Number("peer_session_id"),
            ReceiveSession = session.Number("session_id"),
            TransmitCookie = cookie,
            TransmitCookieSize = cookieSize,
            ReceiveCookie = peerCookie,
            ReceiveCookieSize = peerCookieSize,
            Counter = counter,
            Rfc3931Sequencing = numbered,
        };
    }

    /// <summary>Whether the 4-byte field is there, and whether numbers belong into it.</summary>
    private static (bool Counter, bool Numbered) Sublayer(IpL2tpArguments session)
    {
        bool counter = session.Word("l2spec_type", "default", "default", "none") == "default";
        string sequencing = session.Word("seq", "none", "none", "send", "recv", "both");
        if (!counter && sequencing is "recv" or "both")
            throw session.Error($"with 'l2spec_type none' and 'seq {sequencing}' Linux drops every packet", "Leave out seq, or l2spec_type none, at the peer.");
        return (counter, counter && sequencing != "none");
    }

    private static void WarnAboutOffset(IpL2tpArguments session, ICollection<string> warnings)
    {
        foreach (string keyword in new[] { "offset", "peer_offset" })
        {
            if (session.Find(keyword) is { } value and not "0")
                warnings.Add(FormattableString.Invariant($"line {session.Line}: {keyword} {value} is ignored by Linux 4.16 and later: leave it out there"));
        }
    }
}
