using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>TCP between the guest and the Linux peer.</summary>
[TestFixture]
public sealed class BulkTransfer
{
    private static readonly Wire s_wire = Wires.Bulk;

    [OneTimeSetUp]
    public void Start_servers()
    {
        Lab.Needs(s_wire);
        Iperf.Serve(Lab.Peer, s_wire.PeerAddress);
        foreach (Vm vm in new[] { Lab.Peer, Lab.Guest })
        {
            FileTransfer.Prepare(vm, 8 << 20);
        }
    }

    [TestCase("", TestName = "iperf3_from_guest_to_peer")]
    [TestCase("--reverse", TestName = "iperf3_from_peer_to_guest")]
    public void Iperf_runs_without_error(string direction)
    {
        Iperf run = Iperf.Run(Lab.Guest, s_wire.PeerAddress, seconds: 4, direction);
        Assert.That(run.Megabits, Is.Positive);
        TestContext.Out.WriteLine(run);
    }

    [Test]
    public void A_file_from_the_peer_arrives_whole() => FileTransfer.AssertArrivesWhole(Lab.Guest, Lab.Peer, s_wire.PeerAddress);

    [Test]
    public void A_file_from_the_guest_arrives_whole() => FileTransfer.AssertArrivesWhole(Lab.Peer, Lab.Guest, s_wire.GuestAddress);
}
