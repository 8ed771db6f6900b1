using System.Globalization;
using System.Text.Json;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>TCP between the guest and the Linux peer.</summary>
[TestFixture]
public sealed class BulkTransfer
{
    private const int FileSize = 8 << 20;
    private static readonly Wire s_wire = Wires.Bulk;

    [OneTimeSetUp]
    public void Start_servers()
    {
        Lab.Needs(s_wire);
        Lab.Peer.Run($"iperf3 --server --daemon --bind {s_wire.PeerAddress}");
        foreach (Vm vm in new[] { Lab.Peer, Lab.Guest })
        {
            vm.Run($"head -c {FileSize} /dev/urandom >/tmp/file");
        }
    }

    [TestCase("", TestName = "iperf3_from_guest_to_peer")]
    [TestCase("--reverse", TestName = "iperf3_from_peer_to_guest")]
    public void Iperf_runs_without_error(string direction)
    {
        (int status, string output) = Lab.Guest.Try($"iperf3 --client {s_wire.PeerAddress} --time 4 --json {direction}", seconds: 40);
        using var report = JsonDocument.Parse(output);
        Assert.That(report.RootElement.TryGetProperty("error", out JsonElement error), Is.False, error.ToString());
        Assert.That(status, Is.Zero);
        JsonElement end = report.RootElement.GetProperty("end");
        double bits = end.GetProperty("sum_received").GetProperty("bits_per_second").GetDouble();
        Assert.That(bits, Is.GreaterThan(1e6));
        int again = end.GetProperty("sum_sent").GetProperty("retransmits").GetInt32();
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bits / 1e6:0.0} Mbit/s, {again} segments sent again"));
    }

    [Test]
    public void A_file_from_the_peer_arrives_whole() => Fetch(Lab.Guest, Lab.Peer, s_wire.PeerAddress);

    [Test]
    public void A_file_from_the_guest_arrives_whole() => Fetch(Lab.Peer, Lab.Guest, s_wire.GuestAddress);

    private static void Fetch(Vm to, Vm from, string address)
    {
        from.Run($"nc.openbsd -l -N {address} 8080 </tmp/file >/dev/null 2>&1 & sleep 0.2");
        string got = to.Run($"nc.openbsd -d {address} 8080 | sha256sum", seconds: 60);
        Assert.That(got, Is.EqualTo(from.Run("sha256sum </tmp/file")));
    }
}
