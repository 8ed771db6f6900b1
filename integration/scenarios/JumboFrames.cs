using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Two qemu-l2tp back to back between two guests with an MTU of 9000.</summary>
[TestFixture]
public sealed class JumboFrames
{
    [Test]
    public void Of_9000_bytes_pass_both_ways()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.BackToBack);
        // 28 bytes of IP and ICMP header make it 9000; "do" forbids the guests to cut it up.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Ping.From(Lab.Guest, Wires.BackToBack.PeerAddress, 8972, options: "-M do"), Is.EqualTo((3, 3)));
            Assert.That(Ping.From(Lab.FarGuest, Wires.BackToBack.GuestAddress, 8972, options: "-M do"), Is.EqualTo((3, 3)));
        }
    }
}
