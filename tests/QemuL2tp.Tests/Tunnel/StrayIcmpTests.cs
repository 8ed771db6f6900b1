using System.Net;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>Anybody can send ICMP. Each report is taken from the socket that has it, or the worker would never sleep again.</summary>
internal sealed class StrayIcmpTests
{
    [TestCase(true, false)]
    [TestCase(true, true)]
    [TestCase(false, false)]
    [TestCase(false, true)]
    public void ICMP_about_a_packet_to_somebody_else_is_taken_and_is_no_news_of_the_peer(bool udp, bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(udp, ipv6);
        IPEndPoint peer = Loopback.DestinationOf(options);
        var stranger = new IPEndPoint(ipv6 ? IPAddress.Parse("fd00::77") : Neighbour(peer.Address), udp ? 9 : 0);
        using var tunnel = new TunnelUnderTest(options);
        ManualLoop loop = Attach(tunnel);

        ForgedIcmp.SendPortUnreachable(peer.Address, Loopback.SourceOf(options), stranger);
        Turn(tunnel, loop, () => tunnel.Port.Counters.StrayReports == 1);

        Assert.That(tunnel.Port.Counters.Errors, Is.Zero);
        Assert.That(tunnel.Log.Messages, Is.Empty);
    }

    [Test]
    public void ICMP_of_somebody_else_about_a_packet_to_the_peer_is_told_as_his_word()
    {
        L2tpv3Options options = Loopback.NewOptions();
        IPEndPoint peer = Loopback.DestinationOf(options);
        IPAddress stranger = Neighbour(peer.Address);
        using var tunnel = new TunnelUnderTest(options);
        ManualLoop loop = Attach(tunnel);

        ForgedIcmp.SendPortUnreachable(stranger, Loopback.SourceOf(options), peer);
        Turn(tunnel, loop, () => tunnel.Port.Counters.PeerRefused == 1);

        Assert.That(tunnel.Log.Messages, Is.EqualTo((string[])[$"{options.Id}: {stranger} reports by ICMP that peer {peer} refuses our packets: nothing listens there yet; sending goes on"]));
        Assert.That(tunnel.Port.Counters.StrayReports, Is.Zero);
    }

    private static ManualLoop Attach(TunnelUnderTest tunnel)
    {
        var loop = new ManualLoop();
        tunnel.Port.Attach(loop, loop);
        return loop;
    }

    /// <summary>Turns until something has come, and then until nothing is ready any more, which must be.</summary>
    private static void Turn(TunnelUnderTest tunnel, ManualLoop loop, Func<bool> hasCome)
    {
        Assert.That(
            () =>
            {
                loop.Turn();
                return hasCome();
            },
            Is.True.After(Loopback.PatienceMilliseconds, 1));
        loop.Turn();
        tunnel.Port.WaitForFrames(true);
        tunnel.Port.WaitForRoom(false);
    }

    private static IPAddress Neighbour(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        bytes[^1] = 77;
        return new IPAddress(bytes);
    }
}
