using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>TCP between the guest behind vhost-user and the Linux peer.</summary>
[TestFixture]
public sealed class VhostUserBulk
{
    private static readonly Wire s_wire = VhostUserWires.Bulk;

    [OneTimeSetUp]
    public void Start_the_server()
    {
        _ = VhostUserLab.Guest;
        Iperf.Serve(Lab.Peer, s_wire.PeerAddress);
    }

    [TestCase("", TestName = "iperf3_from_guest_to_peer")]
    [TestCase("--reverse", TestName = "iperf3_from_peer_to_guest")]
    [TestCase("--bidir", TestName = "iperf3_both_ways_at_once")]
    public void Iperf_runs_without_error(string direction)
    {
        Iperf run = Iperf.Run(VhostUserLab.Guest, s_wire.PeerAddress, seconds: 4, direction);
        Assert.That(run.Megabits, Is.Positive);
        TestContext.Out.WriteLine(run);
    }
}
