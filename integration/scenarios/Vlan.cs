using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>A VLAN inside the pseudowire, between the guest's NIC and the peer's l2tp interface.</summary>
[TestFixture]
public sealed class Vlan
{
    [Test]
    public void Between_guest_and_peer()
    {
        Lab.Needs(Wires.Vlan);
        Configure(Lab.Guest, Wires.Vlan.Nic, "10.2.40.1");
        Configure(Lab.Peer, Wires.Vlan.PeerInterface, "10.2.40.2");
        Assert.That(Ping.From(Lab.Guest, "10.2.40.2", 1000), Is.EqualTo((3, 3)));
    }

    private static void Configure(Vm vm, string link, string address) => vm.Batch(
    [
        $"link add link {link} name {link}.100 type vlan id 100",
        $"link set {link}.100 up",
        $"address add {address}/24 dev {link}.100",
    ]);
}
