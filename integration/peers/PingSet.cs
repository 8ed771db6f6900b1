namespace QemuL2tp.Integration.Peers;

/// <summary>The pings that each kind of wire has to carry.</summary>
internal static class PingSet
{
    private const int IpAndIcmpHeader = 28;

    /// <summary>From the guest to the far end: small, middling and full frames over IPv4, middling ones over IPv6.</summary>
    public static void AssertAllAnswered(Vm guest, Wire wire)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (int payload in new[] { 18, 1000, wire.Mtu - IpAndIcmpHeader })
            {
                Assert.That(Ping.From(guest, wire.PeerAddress, payload), Is.EqualTo((3, 3)), $"IPv4, {payload} bytes");
            }

            Assert.That(Ping.From(guest, wire.PeerAddress6, 1000), Is.EqualTo((3, 3)), "IPv6, 1000 bytes");
        }
    }
}
