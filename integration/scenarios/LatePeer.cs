using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>The far end is not there at the start: first no host, then a host that refuses, then the peer.</summary>
[TestFixture]
public sealed class LatePeer
{
    [Test]
    public void Over_udp() => Works_the_moment_it_is_there(Wires.LatePeerUdp);

    [Test]
    public void Over_ip() => Works_the_moment_it_is_there(Wires.LatePeerIp);

    private static void Works_the_moment_it_is_there(Wire wire)
    {
        Lab.Needs(wire);
        Assert.That(Ping.Unanswered(Lab.Guest, wire.PeerAddress), Is.Zero, "without a host");
        Lab.Peer.Batch([$"address add {wire.Remote}/24 dev nic0"]);
        Assert.That(Ping.Unanswered(Lab.Guest, wire.PeerAddress), Is.Zero, "with a host that knows nothing of it");
        Lab.Peer.Batch(wire.PeerCommands());
        TimeSpan time = Until.True(
            () => Ping.IsAnswered(Lab.Guest, wire.PeerAddress),
            "the peer that has just come up replies");
        Assert.That(Ping.From(Lab.Guest, wire.PeerAddress), Is.EqualTo((3, 3)));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first reply {time.TotalSeconds:0.0} s after the peer was there"));
    }
}
