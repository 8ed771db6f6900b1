using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>A peer that is the broadcast address of one of this host's networks, which only the kernel knows.</summary>
internal sealed class BroadcastPeerTests
{
    [TestCase("192.0.2.127", true)]
    [TestCase("192.0.2.126", false)]
    [TestCase("192.0.2.255", false, Description = "somebody else's network, as far as is known here")]
    public void The_broadcast_address_of_a_network_here_is_warned_of(string destination, bool isWarnedOf) => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", "link add v0 type veth peer name v1");
        OwnNetwork.Command("ip", "address add 192.0.2.1/25 dev v0");
        OwnNetwork.Command("ip", "link set v0 up");

        using var tunnel = new TunnelUnderTest(Loopback.NewOptions() with { Id = "a", Source = "192.0.2.1", Destination = destination });

        (EventLevel, string)[] expected = isWarnedOf
            ? [(EventLevel.Warning, $"a: dst={destination} is the broadcast address of a network here: a pseudowire has one peer: write the peer's own address")]
            : [];
        Assert.That(tunnel.Log.Events, Is.EqualTo(expected));
    });
}
