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
        PingSet.AssertAllAnswered(Lab.Guest, wire);
    }

    /// <summary>Shows that the cases above can fail, and that a cookie is looked at.</summary>
    [Test]
    public void A_wrong_cookie_gets_no_reply()
    {
        Lab.Needs(Wires.WrongCookie);
        Assert.That(Ping.Unanswered(Lab.Guest, Wires.WrongCookie.PeerAddress), Is.Zero);
        if (!Settings.BuiltInBackEnd)
        {
            Until.True(() => Statistics.Of(Lab.BackEndOf("wrong"), Wires.WrongCookie).Dropped("WrongCookie") > 0, "the peer's answers come and are refused");
        }
    }
}
