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

    /// <summary>Has frames sent to a session, and fails if it sends one back once the peer has taken so many in.</summary>
    public static void AssertSilent(Vm peer, Wire wire, int count, Action send)
    {
        long arrived = Counted("nic0", "rx"), answered = Counted(wire.PeerInterface, "tx");
        send();
        Until.True(() => Counted("nic0", "rx") >= arrived + count, "the peer has taken them in");
        Assert.That(Counted(wire.PeerInterface, "tx"), Is.EqualTo(answered), "frames that the peer has sent back");

        long Counted(string name, string direction) =>
            long.Parse(peer.Run($"cat /sys/class/net/{name}/statistics/{direction}_packets"), System.Globalization.CultureInfo.InvariantCulture);
    }

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
