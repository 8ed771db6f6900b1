using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>What the statistics tell of the rings.</summary>
internal sealed class RingStatusTests
{
    [Test]
    public void Rings_are_told_of_from_their_set_up_to_the_end_of_the_connection([Values] bool isPacked)
    {
        using var link = new VhostUserLink(new RingKind(256, HasEventIndex: true, HasIndirect: true, IsPacked: isPacked));
        Assert.That(link.Port.Rings, Is.Empty);
        link.Start();
        Assert.That(link.Port.Rings.Select(ring => ring with { Kicks = 0 }), Is.EqualTo(new[]
        {
            new RingStatus(0, IsReceive: true, RingState.Running, RingFault.None, 256, isPacked, 0),
            new RingStatus(1, IsReceive: false, RingState.Running, RingFault.None, 256, isPacked, 0),
        }));
        Assert.That(link.Port.QueuePairs, Is.EqualTo(1));
        ulong kicks = link.Port.Rings[1].Kicks;
        link.SendFromGuest(LoopbackLink.Frame(60));
        Assert.That(link.Port.Rings[1].Kicks, Is.GreaterThan(kicks));

        link.FrontEnd.Dispose();
        link.Turn();
        Assert.That(link.Port.Rings, Is.Empty);
        Assert.That(link.Port.QueuePairs, Is.Zero);
    }
}
