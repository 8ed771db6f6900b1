using System.Text.RegularExpressions;
using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>Kinds of text that configure L2TPv3 and are not commands of Linux or NetBSD.</summary>
internal static partial class OtherText
{
    private const string Commands =
        "ip l2tp add tunnel tunnel_id ID peer_tunnel_id ID encap udp|ip local ADDRESS remote ADDRESS [udp_sport PORT udp_dport PORT], "
        + "and ip l2tp add session tunnel_id ID session_id ID peer_session_id ID [cookie HEX] [peer_cookie HEX] [l2spec_type none]";

    private static readonly (Regex Sign, string Kind, string Hint)[] s_kinds =
    [
        (Networkd(), "a file of systemd-networkd", "TunnelId= is tunnel_id, SessionId= session_id, EncapsulationType= encap, Layer2SpecificHeader= l2spec_type"),
        (Uci(), "OpenWrt's UCI", "its options have the same meaning"),
        (Netifrc(), "netifrc of Gentoo", "its words are those behind ip l2tp add"),
        (Vyos(), "configuration of VyOS", "source-address is local, remote remote, session-id session_id; the sublayer is there"),
        (RouterOs(), "configuration of RouterOS", "local-session-id is session_id, send-cookie cookie; use-l2-specific-sublayer=no is l2spec_type none"),
        (Cisco(), "configuration of Cisco IOS", "'l2tp id A B' is session_id A peer_session_id B; without sequencing it is l2spec_type none"),
        (Vpp(), "VPP's command line", "local-session-id is session_id, remote-cookie cookie; without l2-sublayer-present it is l2spec_type none"),
        (Junos(), "configuration of Junos", "write what its session has"),
        (Uml(), "an option of User Mode Linux", "tx_session is peer_session_id, rx_session session_id; without counter it is l2spec_type none"),
        (Shown(), "what 'ip l2tp show' prints, not what was typed", "'Peer tunnel' is peer_tunnel_id, 'Peer session' peer_session_id"),
        (ShownByIfconfig(), "what 'ifconfig' prints, not what was typed", "NetBSD's commands are ifconfig l2tp0 tunnel LOCAL-ADDRESS REMOTE-ADDRESS and ifconfig l2tp0 session LOCAL-ID REMOTE-ID"),
        (Xl2tpd(), "a file of xl2tpd, which is L2TPv2 with PPP", "it carries no Ethernet frames: set up a static session"),
    ];

    /// <summary>Often beside the commands, for it is the other end's.</summary>
    private static readonly (Regex Sign, string Kind, string Hint) s_qemu =
        (Qemu(), "an option of QEMU, as our own end has it", "for the other end leave out --from: peer-config --netdev l2tpv3,... prints it");

    /// <summary>A refusal that names the kind; null when it is none of them.</summary>
    public static UserErrorException? Refusal(string text) => Find(text, [.. s_kinds, s_qemu]) is ({ } kind, { } hint, var line)
        ? new UserErrorException(FormattableString.Invariant($"line {line}: this is {kind}"), $"Give the same as {Commands}; {hint}.")
        : null;

    /// <summary>A warning that something among the commands is of such a kind; null when nothing is.</summary>
    public static string? Warning(IEnumerable<FoundCommand> commands) => commands
        .Where(command => command.Kind == CommandKind.Other)
        .Select(command => Find(string.Join(' ', command.Words), s_kinds) is ({ } kind, _, _) ? FormattableString.Invariant($"line {command.Line}: this is {kind}, and is passed over") : null)
        .FirstOrDefault(warning => warning is not null);

    private static (string Kind, string Hint, int Line)? Find(string text, (Regex Sign, string Kind, string Hint)[] kinds)
    {
        string plain = text.ReplaceLineEndings("\n");
        (string Kind, string Hint, int At)? first = null;
        foreach ((Regex sign, string kind, string hint) in kinds)
        {
            if (sign.Match(plain) is { Success: true } match && (first is null || match.Index < first.Value.At))
                first = (kind, hint, match.Index);
        }

        return first is ({ } foundKind, { } foundHint, var at) ? (foundKind, foundHint, plain.AsSpan(0, at).Count('\n') + 1) : null;
    }

    [GeneratedRegex(@"(?m)^[ \t]*(\[L2TP(Session)?\]|Kind[ \t]*=[ \t]*l2tp\b|PeerTunnelId[ \t]*=|PeerSessionId[ \t]*=)")]
    private static partial Regex Networkd();

    [GeneratedRegex(@"(?m)^[ \t]*(option[ \t]+(proto[ \t]+['""]?l2tp(v3)?['""]?|(peer_)?(tunnel|session)_id)\b|(uci[ \t]+set[ \t]+)?network\.\w+\.(proto=['""]?l2tp|(peer_)?(tunnel|session)_id=))")]
    private static partial Regex Uci();

    [GeneratedRegex(@"(?m)^[ \t]*l2tp(session|tunnel)_\w+=")]
    private static partial Regex Netifrc();

    [GeneratedRegex(@"(?m)^(.*[#$>][ \t]*)?[ \t]*(set[ \t]+interfaces[ \t]+l2tpv3\b|l2tpv3[ \t]+l2tpeth\d+[ \t]*\{)")]
    private static partial Regex Vyos();

    [GeneratedRegex(@"(?m)^.*/?interface[ /]l2tp-ether\b|^[ \t]*add\b.*\bl2tp-proto-version=")]
    private static partial Regex RouterOs();

    [GeneratedRegex(@"(?m)^.{0,40}?(pseudowire-class[ \t]+\S|encapsulation[ \t]+l2tpv3\b|xconnect[ \t]+\S+[ \t]+\d+|l2tp[ \t]+id[ \t]+\d+[ \t]+\d+)")]
    private static partial Regex Cisco();

    [GeneratedRegex(@"(?m)^.*\bcreate[ \t]+l2tpv3[ \t]+tunnel\b")]
    private static partial Regex Vpp();

    [GeneratedRegex(@"(?m)^[ \t]*set[ \t]+(services|protocols)[ \t]+l2tp\b")]
    private static partial Regex Junos();

    [GeneratedRegex(@"(?m)^.*\bl2tpv3,\S*=|""l2tpv3""")]
    private static partial Regex Qemu();

    [GeneratedRegex(@"(?m)^.*\bvec\d+:.*transport=l2tpv3")]
    private static partial Regex Uml();

    [GeneratedRegex(@"(?m)^[ \t]*(Tunnel \d+, encap (UDP|IP)|Session \d+ in tunnel \d+|Peer tunnel \d+)")]
    private static partial Regex Shown();

    [GeneratedRegex(@"(?m)^l2tp\d+: flags=|^[ \t]*tunnel inet6? \S+ --> ")]
    private static partial Regex ShownByIfconfig();

    [GeneratedRegex(@"(?m)^[ \t]*\[(lac|lns)[ \t]+\S+\]")]
    private static partial Regex Xl2tpd();
}
