using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>A guest, and at the far end a second guest on QEMU's own <c>-netdev l2tpv3</c>.</summary>
[TestFixture]
public sealed class QemuPeer
{
    [Test]
    public void Over_udp() => Both_guests_reply(Wires.QemuPeerUdp);

    [Test]
    public void Over_ip() => Both_guests_reply(Wires.QemuPeerIp);

    private static void Both_guests_reply(Wire wire)
    {
        Lab.Needs(wire);
        using (Assert.EnterMultipleScope())
        {
            foreach (int payload in new[] { 18, 1000, 1472 })
            {
                Assert.That(Ping.From(Lab.Guest, wire.PeerAddress, payload), Is.EqualTo((3, 3)), $"to the far guest, {payload} bytes");
                Assert.That(Ping.From(Lab.FarGuest, wire.GuestAddress, payload), Is.EqualTo((3, 3)), $"from the far guest, {payload} bytes");
            }

            Assert.That(Ping.From(Lab.Guest, wire.PeerAddress6, 1000), Is.EqualTo((3, 3)), "IPv6, 1000 bytes");
        }
    }
}
