using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Half of the Linux matrix through vhost-user, with small and full frames.</summary>
[TestFixture]
public sealed class VhostUserMatrix
{
    private static IEnumerable<TestCaseData> Cases => VhostUserWires.Matrix.Select(wire => new TestCaseData(wire.Number).SetName(wire.Name));

    [TestCaseSource(nameof(Cases))]
    public void Replies_to_every_ping(int number)
    {
        Wire wire = VhostUserWires.Matrix.Single(one => one.Number == number);
        PingSet.AssertAllAnswered(VhostUserLab.Guest, wire);
    }
}
