using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>The words of <c>ip l2tp add</c>, and what people write for them.</summary>
internal static class IpL2tpKeywords
{
    private static readonly Dictionary<string, string> s_short = new()
    {
        ["tid"] = "tunnel_id",
        ["ptid"] = "peer_tunnel_id",
        ["sid"] = "session_id",
        ["psid"] = "peer_session_id",
    };

    private static readonly string[] s_all =
    [
        "encap", "name", "remote", "local", "tunnel_id", "peer_tunnel_id", "session_id", "peer_session_id", "udp_sport", "udp_dport",
        "udp_csum", "udp6_csum_tx", "udp6_csum_rx", "offset", "peer_offset", "cookie", "peer_cookie", "l2spec_type", "seq",
    ];

    /// <summary>Words of other programs for the same things, beyond what a typing error makes of a keyword.</summary>
    private static readonly Dictionary<string, string> s_others = new()
    {
        ["udp_src"] = "udp_sport",
        ["udp_source"] = "udp_sport",
        ["src_port"] = "udp_sport",
        ["srcport"] = "udp_sport",
        ["source_port"] = "udp_sport",
        ["local_port"] = "udp_sport",
        ["sport"] = "udp_sport",
        ["udp_dst"] = "udp_dport",
        ["udp_dest"] = "udp_dport",
        ["dst_port"] = "udp_dport",
        ["dstport"] = "udp_dport",
        ["destination_port"] = "udp_dport",
        ["remote_port"] = "udp_dport",
        ["peer_port"] = "udp_dport",
        ["dport"] = "udp_dport",
        ["src"] = "local",
        ["source"] = "local",
        ["from"] = "local",
        ["local_ip"] = "local",
        ["local_address"] = "local",
        ["dst"] = "remote",
        ["dest"] = "remote",
        ["destination"] = "remote",
        ["to"] = "remote",
        ["peer"] = "remote",
        ["remote_ip"] = "remote",
        ["remote_address"] = "remote",
        ["encapsulation"] = "encap",
        ["proto"] = "encap",
        ["protocol"] = "encap",
        ["type"] = "encap",
        ["tunnel"] = "tunnel_id",
        ["local_tunnel_id"] = "tunnel_id",
        ["remote_tunnel_id"] = "peer_tunnel_id",
        ["peer_tunnel"] = "peer_tunnel_id",
        ["local_session_id"] = "session_id",
        ["remote_session_id"] = "peer_session_id",
        ["peer_session"] = "peer_session_id",
        ["local_cookie"] = "cookie",
        ["remote_cookie"] = "peer_cookie",
        ["dev"] = "name",
        ["ifname"] = "name",
        ["interface"] = "name",
        ["l2spec"] = "l2spec_type",
        ["l2_spec_type"] = "l2spec_type",
        ["sequencing"] = "seq",
        ["sequence"] = "seq",
    };

    public static bool Is(string word) => s_short.ContainsKey(word) || s_all.Contains(word);

    /// <summary>The long form of a keyword.</summary>
    public static string Long(string word) => s_short.GetValueOrDefault(word, word);

    /// <summary>The keyword that was probably meant; null when none is near.</summary>
    public static string? Nearest(string word)
    {
        string plain = word.ToLowerInvariant().TrimStart('-').TrimEnd('=', ':').Replace('-', '_');
        return Is(plain) ? Long(plain) : s_others.GetValueOrDefault(plain) ?? Begun(plain) ?? NearestName.Find(plain, [.. s_all, "tunnel", "session"]);
    }

    /// <summary>iproute2 takes no abbreviation here, unlike for objects and verbs.</summary>
    private static string? Begun(string word) => s_all.Where(keyword => L2tpMention.Abbreviates(word, keyword)).ToArray() is [var only] ? only : null;

    /// <summary>The keywords that a value may be of, by its form, in the order in which they are usually written.</summary>
    public static IEnumerable<string> For(string value, bool isTunnel)
    {
        if (value is "udp" or "ip")
            return ["encap"];
        if (value is "none" or "default")
            return ["l2spec_type"];
        if (value is "send" or "recv" or "both")
            return ["seq"];
        if (IPText.TryParse(value, out _) && value.AsSpan().ContainsAny(".:"))
            return ["local", "remote"];
        if (!Numbers.TryParseUInt64(value, out _))
            return [];
        return isTunnel ? ["tunnel_id", "peer_tunnel_id", "udp_sport", "udp_dport"] : ["tunnel_id", "session_id", "peer_session_id"];
    }
}
