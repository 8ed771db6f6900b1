using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>VyOS (<c>interface-definitions</c>, <c>l2tpv3</c>): a Linux kernel's l2tp without cookies and always with the sublayer.</summary>
internal static class VyosPeer
{
    /// <summary>What its configuration checks for; one digit short of 32 bits.</summary>
    private const uint MostId = 429496729;

    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("VyOS", request);
        rules.NoOffset();
        rules.NoCookies("It has no cookies: leave out txcookie and rxcookie.");
        if (!request.Ours.Counter)
            throw rules.Refused("counter", "off", "It always has the L2-specific sublayer: add counter=on,pincounter=on.");
        rules.Sessions(MostId);
        rules.SessionOfHost();
        if (request.Ours.Udp && request.TunnelOwner is { } owner)
            throw rules.Refused("srcport", request.Ours.SourcePort!, $"'{owner.Ours.Id}' has the same, and it makes a tunnel for each interface: write ports of its own.", $",dstport={request.Ours.DestinationPort}");
        (string local, string remote) = rules.Addresses();
        L2tpv3Options end = request.FarEnd;
        (string tunnel, string peerTunnel) = TunnelIds.Of(end);
        string path = $"set interfaces l2tpv3 {InterfaceName.Numbered(request, "l2tpeth")}";
        int mtu = InnerMtu.Of(request);

        yield return $"# VyOS 1.3 or later, the host with {local}, in configuration mode; older ones have local-ip for source-address, remote-ip for remote";
        foreach (string note in LinuxNotes.For(request))
            yield return $"# {note}";
        if (end.Rfc3931Sequencing)
            yield return "# VyOS has no word for sequence numbers; Linux sends them as soon as it receives ours";
        yield return $"{path} source-address {local}";
        yield return $"{path} remote {remote}";
        foreach (string line in Encapsulation(rules, end))
            yield return $"{path} {line}";
        yield return $"{path} tunnel-id {tunnel}";
        yield return $"{path} peer-tunnel-id {peerTunnel}";
        yield return FormattableString.Invariant($"{path} session-id {end.ReceiveSession}");
        yield return FormattableString.Invariant($"{path} peer-session-id {end.TransmitSession}");
        yield return FormattableString.Invariant($"{path} mtu {mtu}");
        yield return "commit";
        yield return "save";
    }

    private static string[] Encapsulation(PeerRules rules, L2tpv3Options end)
    {
        if (!end.Udp)
            return ["encapsulation ip"];
        (string local, string remote) = rules.Ports();
        return ["encapsulation udp", $"source-port {local}", $"destination-port {remote}"];
    }
}
