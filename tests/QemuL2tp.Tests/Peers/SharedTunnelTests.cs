using QemuL2tp.Options;
using QemuL2tp.Peers;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Peers;

/// <summary>Several pseudowires of one call: they share a tunnel where they have the same ends, and nothing that tells them apart.</summary>
public sealed class SharedTunnelTests
{
    private const string Udp = "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,udp=on,srcport=17001,dstport=17002,txsession=1,rxsession=2,counter=on";
    private const string Ip = "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2,counter=on";

    [TestCase(Udp, 17002)]
    [TestCase(Ip, 1)]
    public void Linux_has_one_tunnel_and_two_sessions(string first, int tunnel)
    {
        string[] lines = [.. PeerLines.Effective(Write("linux", first, first + ",id=b,txsession=3,rxsession=4"))];
        Assert.That(lines.Where(line => line.Contains(" add tunnel ", StringComparison.Ordinal)), Has.One.Contains($" tunnel_id {tunnel} "));
        Assert.That(lines.Where(line => line.Contains(" add session ", StringComparison.Ordinal)), Has.Exactly(2).Contains($" tunnel_id {tunnel} "));
    }

    [Test]
    public void Another_address_or_port_is_another_tunnel([Values(",dst=10.0.0.3", ",srcport=17003", ",dstport=17003")] string other) =>
        Assert.That(Write("linux", Udp, Udp + ",id=b" + other).Count(line => line.StartsWith("ip l2tp add tunnel ", StringComparison.Ordinal)), Is.EqualTo(2));

    [Test]
    public void Networkd_has_one_file_with_two_sessions()
    {
        string[] lines = [.. Write("networkd", Udp, Udp + ",id=b,txsession=3,rxsession=4")];
        Assert.That(lines, Has.One.EqualTo("[L2TP]"));
        Assert.That(lines, Has.Exactly(2).EqualTo("[L2TPSession]"));
        Assert.That(lines, Has.One.Contains("the rest of /etc/systemd/network/25-a.netdev"));
    }

    [Test]
    public void One_session_ID_twice_at_a_host_is_a_note_over_UDP([Values("linux", "networkd", "vyos")] string peer) =>
        Assert.That(Write(peer, Udp, Udp + ",id=b,srcport=17003,dstport=17004"), Has.One.Match("^# session ID 1 is that of 'a' too: Linux 4.9 to 5.5 "));

    [TestCase("linux", Ip, ",id=b,src=10.0.0.9", "Linux cannot match 'txsession=1'")]
    [TestCase("networkd", Ip, ",id=b,src=10.0.0.9", "systemd-networkd cannot match 'txsession=1'")]
    [TestCase("vyos", Ip, ",id=b,src=10.0.0.9", "VyOS cannot match 'txsession=1'")]
    [TestCase("netbsd", "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1", ",id=b,src=10.0.0.9", "NetBSD's l2tp(4) cannot match 'txsession=1'")]
    [TestCase("vyos", Udp, ",id=b,txsession=3,rxsession=4", "VyOS cannot match 'srcport=17001,dstport=17002'")]
    [TestCase("linux", Udp, ",id=b", "no peer can match 'txsession=1', which 'a' has too")]
    [TestCase("linux", Ip, ",id=b", "no peer can match 'txsession=1', which 'a' has too")]
    [TestCase("qemu", Udp, ",id=b,txsession=9", "no peer can match 'rxsession=2', which 'a' has too")]
    public void What_cannot_be_told_apart_is_refused(string peer, string first, string second, string message)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Write(peer, first, first + second))!;
        Assert.That(error.Problem, Does.StartWith(message));
    }

    [Test]
    public void RouterOS_is_always_told_about_the_sublayer([Values("", ",counter=on")] string counter) =>
        Assert.That(Write("mikrotik", "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1" + counter), Has.One.Contains($" use-l2-specific-sublayer={(counter.Length > 0 ? "yes" : "no")} "));

    private static IReadOnlyList<string> Write(string peer, params string[] netdevs)
    {
        List<PeerRequest> requests = [];
        List<string> lines = [];
        foreach (string netdev in netdevs)
        {
            var request = new PeerRequest(NetdevParser.Parse(netdev, [])) { Position = requests.Count, Earlier = [.. requests] };
            requests.Add(request);
            lines.AddRange(PeerLines.Write(peer, request));
        }

        return lines;
    }
}
