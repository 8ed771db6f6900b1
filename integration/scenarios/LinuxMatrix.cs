using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Every kind of pseudowire between a guest and Linux's <c>ip l2tp</c>, with small and full frames.</summary>
[TestFixture]
public sealed class LinuxMatrix
{
    private static IEnumerable<TestCaseData> Cases => Wires.Matrix.Select(wire => new TestCaseData(wire.Number).SetName(wire.Name));

    [TestCaseSource(nameof(Cases))]
    public void Replies_to_every_ping(int number)
    {
        Wire wire = Wires.Matrix[number - 1];
        Lab.Needs(wire);
        using (Assert.EnterMultipleScope())
        {
            foreach (int payload in new[] { 18, 1000, 1472 })
            {
                Assert.That(Ping.From(Lab.Guest, wire.PeerAddress, payload), Is.EqualTo((3, 3)), $"IPv4, {payload} bytes");
            }

            Assert.That(Ping.From(Lab.Guest, wire.PeerAddress6, 1000), Is.EqualTo((3, 3)), "IPv6, 1000 bytes");
        }
    }

    /// <summary>Shows that the cases above can fail, and that a cookie is looked at.</summary>
    [Test]
    public void A_wrong_cookie_gets_no_reply()
    {
        Lab.Needs(Wires.WrongCookie);
        Assert.That(Ping.From(Lab.Guest, Wires.WrongCookie.PeerAddress).Received, Is.Zero);
    }
}
