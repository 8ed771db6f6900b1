using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>A Linux kernel's l2tp modules, by systemd-networkd (systemd.netdev(5), [L2TP] and [L2TPSession]).</summary>
internal static class NetworkdPeer
{
    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("systemd-networkd", request);
        rules.NoOffset();
        rules.Sessions();
        rules.SessionOfHost();
        rules.NoCookies("It has no cookies: leave out txcookie and rxcookie, or use ip l2tp there (linux).");
        (string local, string remote) = rules.Addresses();
        L2tpv3Options end = request.FarEnd;
        (string tunnel, string peerTunnel) = TunnelIds.Shared(request);
        string name = InterfaceName.ForLinux(request);
        int mtu = InnerMtu.Of(request);

        yield return $"# systemd-networkd, on the host {local}: two files, then networkctl reload";
        foreach (string note in LinuxNotes.For(request))
            yield return $"# {note}";
        if (end.Rfc3931Sequencing)
            yield return "# networkd has no word for sequence numbers; Linux sends them as soon as it receives ours";
        if (request.TunnelOwner is { } owner)
        {
            yield return $"# the rest of /etc/systemd/network/25-{InterfaceName.ForLinux(owner)}.netdev, whose tunnel has the same addresses";
        }
        else
        {
            yield return $"# /etc/systemd/network/25-{name}.netdev";
            foreach (string line in Tunnel(rules, end, tunnel, peerTunnel, local, remote))
                yield return line;
        }

        yield return "[L2TPSession]";
        yield return $"Name={name}";
        yield return FormattableString.Invariant($"SessionId={end.ReceiveSession}");
        yield return FormattableString.Invariant($"PeerSessionId={end.TransmitSession}");
        yield return $"Layer2SpecificHeader={(end.Counter ? "default" : "none")}";
        yield return "";
        yield return $"# /etc/systemd/network/25-{name}.network";
        yield return "[Match]";
        yield return $"Name={name}";
        yield return "";
        yield return "[Link]";
        yield return FormattableString.Invariant($"MTUBytes={mtu}");
    }

    private static IEnumerable<string> Tunnel(PeerRules rules, L2tpv3Options end, string tunnel, string peerTunnel, string local, string remote) =>
    [
        "[NetDev]",
        // Of the tunnel, which is no interface; the interface's name here would be taken for one of the wrong kind.
        $"Name=l2tp-{tunnel}",
        "Kind=l2tp",
        "",
        "[L2TP]",
        $"TunnelId={tunnel}",
        $"PeerTunnelId={peerTunnel}",
        $"Local={local}",
        $"Remote={remote}",
        .. Encapsulation(rules, end),
        "",
    ];

    private static string[] Encapsulation(PeerRules rules, L2tpv3Options end)
    {
        if (!end.Udp)
            return ["EncapsulationType=ip"];
        (string local, string remote) = rules.Ports();
        return ["EncapsulationType=udp", $"UDPSourcePort={local}", $"UDPDestinationPort={remote}"];
    }
}
