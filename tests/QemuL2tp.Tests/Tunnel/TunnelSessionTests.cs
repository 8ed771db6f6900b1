using System.Net;
using System.Net.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>Real sockets on loopback, literal bytes.</summary>
internal sealed class TunnelSessionTests
{
    private static readonly byte[] s_frame = [0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x52, 0x54, 0, 0x65, 0x43, 0x21, 0x08, 0x00, 0xca, 0xfe];

    [Test]
    public void A_frame_sent_over_udp_is_one_datagram_with_the_header_in_front([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6) with { Counter = true };
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        tunnel.Send(s_frame);
        EndPoint sender = new IPEndPoint(ipv6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        byte[] buffer = new byte[100];
        int length = peer.ReceiveFrom(buffer, ref sender);
        Assert.That(buffer[..length], Is.EqualTo((byte[])[0, 3, 0, 0, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 1, .. s_frame]));
        Assert.That(sender, Is.EqualTo(Loopback.SourceOf(options)));
    }

    [Test]
    public void A_datagram_received_over_udp_is_a_frame_without_its_header([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6);
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        peer.SendTo([0, 3, 0, 0, 0x55, 0x66, 0x77, 0x88, .. s_frame], Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(1), Is.EqualTo((byte[][])[s_frame]));
    }

    [Test]
    public void A_frame_sent_over_ip_has_protocol_115_and_no_version_word([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(udp: false, ipv6);
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        tunnel.Send(s_frame);
        byte[] packet = peer.ReceiveDatagram();
        if (!ipv6) // With the IP header, as raw IPv4 sockets have it.
            Assert.That(packet[9], Is.EqualTo(115));
        Assert.That(packet[(ipv6 ? 0 : 20)..], Is.EqualTo((byte[])[0x11, 0x22, 0x33, 0x44, .. s_frame]));
    }

    [Test]
    public void A_packet_received_over_ip_is_a_frame_without_ip_header_and_session_header([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(udp: false, ipv6);
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        peer.SendTo([0x55, 0x66, 0x77, 0x88, .. s_frame], Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(1), Is.EqualTo((byte[][])[s_frame]));
    }

    [Test]
    public void Frames_of_a_batch_arrive_complete_and_in_order([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6) with { Counter = true };
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        byte[][] frames = [.. Enumerable.Range(1, 64).Select(i => LoopbackLink.Frame((i * 37) + 1))];

        tunnel.Send(frames);
        for (uint i = 1; i <= 64; i++)
        {
            Assert.That(codec.Decode(peer.ReceiveDatagram(), out uint counter), Is.EqualTo(frames[i - 1]));
            Assert.That(counter, Is.EqualTo(i));
        }

        foreach (byte[] frame in frames)
            peer.SendTo(codec.Encode(frame), Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(64), Is.EqualTo(frames));
        Assert.That(tunnel.Sent.FramesOut, Is.EqualTo(64));
        Assert.That(tunnel.Received.FramesOut, Is.EqualTo(64));
    }

    [TestCase(true, false)]
    [TestCase(true, true)]
    [TestCase(false, false)]
    [TestCase(false, true)]
    public void Frames_of_65000_bytes_pass_both_ways(bool udp, bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(udp, ipv6) with { TransmitCookieSize = 8, ReceiveCookieSize = 8, Counter = true };
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        byte[] frame = LoopbackLink.Frame(65_000);

        tunnel.Send(frame);
        byte[] received = peer.ReceiveDatagram();
        Assert.That(codec.Decode(received[codec.IPv4Header.Length..], out _), Is.EqualTo(frame));

        peer.SendTo((codec with { IPv4Header = [] }).Encode(frame), Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(1), Is.EqualTo((byte[][])[frame]));
    }

    [Test]
    public void A_datagram_over_ipv6_without_udp_checksum_is_received()
    {
        const int NoCheck6Tx = 101; // <linux/udp.h>
        L2tpv3Options options = Loopback.NewOptions(ipv6: true);
        using Socket peer = Loopback.PeerOf(options);
        peer.SetRawSocketOption((int)ProtocolType.Udp, NoCheck6Tx, BitConverter.GetBytes(1));
        using var tunnel = new TunnelUnderTest(options);
        peer.SendTo(PseudowireOptions.PeerOf(options).Encode(s_frame), Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(1), Is.EqualTo((byte[][])[s_frame]));
    }

    [Test]
    public void Packets_over_ipv4_may_be_fragmented_on_the_way([Values] bool udp)
    {
        const byte DontFragment = 0x40;
        L2tpv3Options options = Loopback.NewOptions(udp);
        using Socket onTheWire = udp
            ? Loopback.Raw(IPAddress.Parse(options.Destination), LibC.IPPROTO_UDP)
            : Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        tunnel.Send(s_frame);
        byte[] packet = onTheWire.ReceiveDatagram();
        Assert.That(packet[9], Is.EqualTo(udp ? 17 : 115));
        Assert.That(packet[6] & DontFragment, Is.Zero);
    }
}
