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
        rules.NoCookies("It has no cookies: leave out txcookie and rxcookie, or use ip l2tp there (linux).");
        (string local, string remote) = rules.Addresses();
        L2tpv3Options end = request.FarEnd;
        (string tunnel, string peerTunnel) = TunnelIds.Of(end);
        string name = InterfaceName.ForLinux(request);
        int mtu = InnerMtu.Of(request);

        yield return $"# systemd-networkd, on the host {local}: two files, then networkctl reload";
        foreach (string note in LinuxNotes.For(request))
            yield return $"# {note}";
        if (end.Rfc3931Sequencing)
            yield return "# networkd has no word for sequence numbers; Linux sends them as soon as it receives ours";
        yield return $"# /etc/systemd/network/25-{name}.netdev";
        yield return "[NetDev]";
        // Of the tunnel, which is no interface; the interface's name here would be taken for one of the wrong kind.
        yield return $"Name=l2tp-{tunnel}";
        yield return "Kind=l2tp";
        yield return "";
        yield return "[L2TP]";
        yield return $"TunnelId={tunnel}";
        yield return $"PeerTunnelId={peerTunnel}";
        yield return $"Local={local}";
        yield return $"Remote={remote}";
        foreach (string line in Encapsulation(rules, end))
            yield return line;
        yield return "";
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

    private static string[] Encapsulation(PeerRules rules, L2tpv3Options end)
    {
        if (!end.Udp)
            return ["EncapsulationType=ip"];
        (string local, string remote) = rules.Ports();
        return ["EncapsulationType=udp", $"UDPSourcePort={local}", $"UDPDestinationPort={remote}"];
    }
}
