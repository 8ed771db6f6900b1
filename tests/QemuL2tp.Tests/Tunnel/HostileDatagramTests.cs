using System.Net.Sockets;
using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;
using Tmds.Linux;

namespace QemuL2tp.Tests.Tunnel;

internal sealed class HostileDatagramTests
{
    private const int IPOptions = 4; // <linux/in.h>

    [Test]
    public void N_6_segments_of_one_large_send_arrive_as_frames_of_their_own([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6);
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        byte[][] frames = [LoopbackLink.Frame(100, 1), LoopbackLink.Frame(100, 2), LoopbackLink.Frame(100, 3), LoopbackLink.Frame(31, 4)];
        byte[][] datagrams = [.. frames.Select(frame => codec.Encode(frame))];
        using Socket peer = Loopback.PeerOf(options);
        peer.SetRawSocketOption((int)ProtocolType.Udp, Glibc.UDP_SEGMENT, BitConverter.GetBytes(datagrams[0].Length));
        using var tunnel = new TunnelUnderTest(options);
        peer.SendTo([.. datagrams.SelectMany(bytes => bytes)], Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(4), Is.EqualTo(frames));
    }

    [TestCase(4)]
    [TestCase(40)]
    public void N_7_a_packet_with_ip_options_is_delivered(int optionBytes)
    {
        const byte NoOperation = 1;
        L2tpv3Options options = Loopback.NewOptions(udp: false);
        byte[] frame = LoopbackLink.Frame(60);
        using Socket peer = Loopback.PeerOf(options);
        peer.SetRawSocketOption((int)ProtocolType.IP, IPOptions, [.. Enumerable.Repeat(NoOperation, optionBytes)]);
        using var tunnel = new TunnelUnderTest(options);
        peer.SendTo([0x55, 0x66, 0x77, 0x88, .. frame], Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(1), Is.EqualTo((byte[][])[frame]));
    }

    [TestCase(true, false, 65_507)]
    [TestCase(true, true, 65_527)]
    [TestCase(false, false, 65_515)]
    public void N_8_a_vector_that_no_packet_can_hold_is_dropped_and_the_next_goes_out(bool udp, bool ipv6, int longest)
    {
        L2tpv3Options options = Loopback.NewOptions(udp, ipv6);
        using Socket peer = Loopback.PeerOf(options);
        int descriptor = TunnelUnderTest.OpenSocket(options, out SocketAddress address);
        var counters = new DatagramCounters();
        using (address)
        using (var sink = new DatagramSink(descriptor, address, counters, new UdpSegmentation(false, options.IPv6, () => 0, _ => { })))
        using (var batch = new BatchUnderTest())
        {
            batch.Add(new byte[longest + 1]);
            batch.Add(new byte[32_000], new byte[longest - 32_000]);
            batch.Add(new byte[70_000]);
            batch.Add([1, 2, 3]);
            Assert.That(sink.Accept(batch.Batch), Is.EqualTo(4));
            Assert.That(
                Enumerable.Range(0, 4).Select(batch.VerdictOf),
                Is.EqualTo(new[] { FrameVerdict.MessageTooBig, FrameVerdict.Accept, FrameVerdict.MessageTooBig, FrameVerdict.Accept }));
        }

        _ = LibC.close(descriptor);
        int header = udp || ipv6 ? 0 : 20;
        Assert.That(peer.ReceiveDatagram(), Has.Length.EqualTo(longest + header));
        Assert.That(peer.ReceiveDatagram()[header..], Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(counters.Errors, Is.Zero, "no router has said anything");
    }

    [Test]
    public void N_9_a_datagram_longer_than_the_buffer_is_dropped_never_delivered_cut()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.PeerOf(options);
        int descriptor = TunnelUnderTest.OpenSocket(options, out SocketAddress address);
        using (address)
        using (var source = new DatagramSource(descriptor, address, new DatagramCounters(), new ErrorQueue(descriptor, address, new DatagramCounters()), bufferLength: 100))
        using (var batch = new BatchUnderTest())
        {
            foreach (int length in new[] { 100, 101, 5000, 99 })
                peer.SendTo(LoopbackLink.Frame(length), Loopback.SourceOf(options));
            Assert.That(() => { source.Fill(batch.Batch); return batch.Batch.Count; }, Is.EqualTo(4).After(Loopback.PatienceMilliseconds, 1));
            Assert.That(
                Enumerable.Range(0, 4).Select(batch.VerdictOf),
                Is.EqualTo(new[] { FrameVerdict.Accept, FrameVerdict.Truncated, FrameVerdict.Truncated, FrameVerdict.Accept }));
            Assert.That(batch.BytesOf(0), Is.EqualTo(LoopbackLink.Frame(100)));
            Assert.That(batch.BytesOf(3), Is.EqualTo(LoopbackLink.Frame(99)));
        }

        _ = LibC.close(descriptor);
    }

    [Test]
    public void N_1_an_empty_datagram_is_too_short_and_receiving_goes_on([Values] bool udp)
    {
        L2tpv3Options options = Loopback.NewOptions(udp);
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        peer.SendTo([], Loopback.SourceOf(options));
        peer.SendTo((PseudowireOptions.PeerOf(options) with { IPv4Header = [] }).Encode([7]), Loopback.SourceOf(options));
        Assert.That(tunnel.Receive(2), Is.EqualTo((byte[][])[[7]]));
        Assert.That(tunnel.Tunnel.Dropped(FrameVerdict.TooShort), Is.EqualTo(1));
    }
}
