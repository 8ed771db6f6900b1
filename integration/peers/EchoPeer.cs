namespace QemuL2tp.Integration.Peers;

/// <summary>Sessions of the Linux peer that send every frame back where it came from, made and deleted while it runs.</summary>
internal static class EchoPeer
{
    public static void Open(Vm peer, params IReadOnlyList<Wire> wires)
    {
        peer.Batch(wires.Select(wire => wire.AddTunnel));
        peer.Run(Sessions(wires));
    }

    /// <summary>Deletes the session and makes it again in one go: cookies and numbers begin anew.</summary>
    public static void Renew(Vm peer, Wire wire) => peer.Run($"ip {wire.DeleteSession}\n{Sessions([wire])}");

    // A quiet interface: without addresses it sends nothing but what it is sent.
    private static string Sessions(IReadOnlyList<Wire> wires) => $"""
        set -e
        echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
        ip -batch - <<'END'
        {string.Join('\n', wires.SelectMany(wire => wire.AddSession()))}
        END
        echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6
        tc -batch - <<'END'
        {string.Join('\n', wires.SelectMany(TurnAround))}
        END
        """;

    private static string[] TurnAround(Wire wire) =>
    [
        $"qdisc add dev {wire.PeerInterface} ingress",
        $"filter add dev {wire.PeerInterface} parent ffff: matchall action mirred egress redirect dev {wire.PeerInterface}",
    ];
}
