using QemuL2tp.Options;
using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>Reads <c>ip l2tp add tunnel</c> and <c>ip l2tp add session</c>, with the defaults of iproute2's <c>ip/ipl2tp.c</c>.</summary>
internal static class IpL2tpReader
{
    private static readonly string[] s_verbs = ["add", "delete", "show", "list", "lst", "help"];

    /// <summary>The Linux end of each session, in order.</summary>
    /// <exception cref="UserErrorException">A command is wrong, or a tunnel or session is alone.</exception>
    public static IEnumerable<FoundEnd> Read(IReadOnlyList<FoundCommand> commands, ICollection<string> warnings)
    {
        for (int i = 1; i < commands.Count; i++)
            RefuseBrokenLine(commands[i - 1], commands[i]);
        IpL2tpArguments[] added = [.. commands.Where(command => command.Kind == CommandKind.IpL2tp).Select(Added).OfType<IpL2tpArguments>()];
        var tunnels = new IpL2tpTunnels(added);
        foreach (IpL2tpArguments session in added.Where(one => one.IsSession))
            yield return new FoundEnd(End(tunnels.Of(session), session, warnings), session.Line, session.Command.Place);
        tunnels.RequireSessions();
    }

    private static IpL2tpArguments? Added(FoundCommand command)
    {
        if (command.Words is not [var verb, .. var words])
            return null;
        if (L2tpMention.Abbreviates(verb.Text, "add"))
            return new IpL2tpArguments(command, words);
        // In prose no keywords follow.
        bool isCommand = words.Any(word => word.Text is "tunnel_id" or "peer_tunnel_id" or "session_id" or "peer_session_id");
        return !isCommand || s_verbs.Any(known => L2tpMention.Abbreviates(verb.Text, known))
            ? null
            : throw new UserErrorException(FormattableString.Invariant($"line {command.Line}: iproute2 has no 'ip l2tp {verb}'"), "Did you mean ip l2tp add?");
    }

    /// <summary>A line that was broken where it is shown, without a backslash, is the rest of the command above.</summary>
    private static void RefuseBrokenLine(FoundCommand before, FoundCommand command)
    {
        if (before.Kind == CommandKind.IpL2tp && command is { Kind: CommandKind.Other, Words: [var first, var second, ..] } && command.Line > before.Line
            && IpL2tpKeywords.Is(first.Text) && first.Text switch
            {
                "local" or "name" => IPText.TryParse(second.Text, out _),
                "seq" => second.Text is "none" or "send" or "recv" or "both",
                _ => true,
            })
        {
            throw new UserErrorException(
                FormattableString.Invariant($"line {command.Line}: '{first} {second}' is at the start of a line, where no command begins"),
                "End the line above with a backslash, or write both as one line.");
        }
    }

    private static L2tpv3Options End(IpL2tpArguments tunnel, IpL2tpArguments session, ICollection<string> warnings)
    {
        string local = tunnel.Address("local");
        string remote = tunnel.Address("remote");
        if (IPText.IsIPv6(local) != IPText.IsIPv6(remote))
            throw tunnel.Error($"'local {local}' and 'remote {remote}' are not of one family", "Write two IPv4 or two IPv6 addresses.");
        tunnel.Number("peer_tunnel_id");
        bool udp = tunnel.Choice("encap", "udp", "udp", "ip") == "udp";
        (ulong cookie, int cookieSize) = session.Cookie("cookie");
        (ulong peerCookie, int peerCookieSize) = session.Cookie("peer_cookie");
        (bool counter, bool numbered) = Sublayer(session);
        WarnAboutOffset(session, warnings);
        return new L2tpv3Options
        {
            Id = Name(session, warnings),
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

    /// <summary>The name of the interface, which no packet shows.</summary>
    private static string Name(IpL2tpArguments session, ICollection<string> warnings)
    {
        if (session.FindWord("name") is not { } name)
            return "";
        if (name.Unknown is not { } unknown)
            return name.Text;
        warnings.Add(FormattableString.Invariant($"line {session.Line}: 'name {name}': {unknown}; the pseudowire gets a name of its own"));
        return "";
    }

    /// <summary>Whether the 4-byte field is there, and whether numbers belong into it.</summary>
    private static (bool Counter, bool Numbered) Sublayer(IpL2tpArguments session)
    {
        bool counter = session.Choice("l2spec_type", "default", "default", "none") == "default";
        string sequencing = session.Choice("seq", "none", "none", "send", "recv", "both");
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
