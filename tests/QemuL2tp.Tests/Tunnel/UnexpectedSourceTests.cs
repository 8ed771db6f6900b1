using System.Net;
using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>N-4: right session and cookie, wrong sender.</summary>
internal sealed class UnexpectedSourceTests
{
    private static readonly byte[] s_frame = LoopbackLink.Frame(60);

    [Test]
    public void N_4_a_datagram_from_another_port_is_dropped_and_counted_apart([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6);
        using Socket peer = Loopback.PeerOf(options);
        using Socket stranger = Loopback.Udp(new IPEndPoint(IPAddress.Parse(options.Destination), 0));
        ExpectOnlyThePeers(options, peer, stranger);
    }

    [Test]
    public void N_4_a_datagram_from_another_address_is_dropped_and_counted_apart([Values] bool udp)
    {
        L2tpv3Options options = Loopback.NewOptions(udp);
        string address = options.Destination[..^1] + "3";
        using Socket peer = Loopback.PeerOf(options);
        using Socket stranger = Loopback.PeerOf(options with { Destination = address });
        ExpectOnlyThePeers(options, peer, stranger);
    }

    [Test]
    public void With_strict_source_off_any_sender_is_taken_as_in_QEMU([Values] bool udp)
    {
        L2tpv3Options options = Loopback.NewOptions(udp) with { StrictSource = false };
        string address = options.Destination[..^1] + "3";
        using Socket stranger = Loopback.PeerOf(options with { Destination = address });
        using var tunnel = new TunnelUnderTest(options);
        Send(stranger, options);
        Assert.That(tunnel.Receive(1), Is.EqualTo((byte[][])[s_frame]));
        Assert.That(tunnel.Received.DroppedInAll, Is.Zero);
    }

    [Test]
    public void N_4_a_stranger_who_does_not_know_the_session_is_counted_for_that()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket stranger = Loopback.PeerOf(options with { DestinationPort = "0" });
        using var tunnel = new TunnelUnderTest(options);
        stranger.SendTo([0, 3, 0, 0, 9, 9, 9, 9, .. s_frame], Loopback.SourceOf(options));
        tunnel.Receive(1);
        Assert.That(tunnel.Tunnel.Dropped(FrameVerdict.WrongSession), Is.EqualTo(1));
        Assert.That(tunnel.Received.Dropped(FrameVerdict.UnexpectedSource), Is.Zero);
    }

    [Test]
    public void Strangers_cannot_fill_the_buffer_that_the_peers_datagrams_need([Values] bool ipv6)
    {
        const int Datagrams = 60_000; // More than any buffer holds.
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6);
        using Socket peer = Loopback.PeerOf(options);
        using Socket stranger = Loopback.Udp(new IPEndPoint(IPAddress.Parse(options.Destination), 0));
        using var tunnel = new TunnelUnderTest(options);
        byte[] flood = new byte[68];
        IPEndPoint to = Loopback.SourceOf(options);
        for (int i = 0; i < Datagrams; i++)
            stranger.SendTo(flood, to);
        Send(peer, options);
        Loopback.Settle();

        List<byte[]> frames = [];
        while (tunnel.Fill(frames) > 0)
        {
        }

        Assert.That(frames, Is.EqualTo((byte[][])[s_frame]));
        Assert.That(tunnel.Tunnel.Dropped(FrameVerdict.WrongSession), Is.InRange(1, Datagrams - 1), "a part of the flood");
    }

    private static void ExpectOnlyThePeers(L2tpv3Options options, Socket peer, Socket stranger)
    {
        using var tunnel = new TunnelUnderTest(options);
        Send(stranger, options);
        Send(peer, options);
        Send(stranger, options);
        Assert.That(tunnel.Receive(3), Is.EqualTo((byte[][])[s_frame]));
        Assert.That(tunnel.Received.Dropped(FrameVerdict.UnexpectedSource), Is.EqualTo(2));
        Assert.That(tunnel.Received.DroppedInAll, Is.EqualTo(2));
        nuint token = tunnel.Received.LastToken(FrameVerdict.UnexpectedSource);
        string expected = options.Udp ? stranger.LocalEndPoint!.ToString()! : ((IPEndPoint)stranger.LocalEndPoint!).Address.ToString();
        Assert.That(SenderOf(tunnel, token), Is.EqualTo(expected));
    }

    private static string SenderOf(TunnelUnderTest tunnel, nuint token)
    {
        byte[] address = new byte[IFrameSenders.MaxAddressLength];
        int length = tunnel.Port.CopySender(token, address);
        return tunnel.Port.DescribeSender(address.AsSpan(0, length));
    }

    private static void Send(Socket socket, L2tpv3Options options) =>
        socket.SendTo((PseudowireOptions.PeerOf(options) with { IPv4Header = [] }).Encode(s_frame), Loopback.SourceOf(options));
}
