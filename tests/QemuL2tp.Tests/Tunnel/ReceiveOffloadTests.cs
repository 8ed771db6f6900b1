using System.Net.Sockets;
using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;
using Tmds.Linux;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>Datagrams that the kernel put together (UDP_GRO) are frames of their own again, in order.</summary>
internal sealed class ReceiveOffloadTests
{
    [Test]
    public void What_was_put_together_is_divided_again([Values] OffloadSwitch offload, [Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6) with { ReceiveOffload = offload };
        byte[][] frames = [.. Enumerable.Range(0, 40).Select(i => LoopbackLink.Frame(i == 39 ? 33 : 200, i))];
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);

        SendTogether(peer, options, frames);

        Assert.That(tunnel.Receive(40), Is.EqualTo(frames));
        Assert.That(tunnel.Port.Counters.DatagramsCoalesced, Is.EqualTo(offload == OffloadSwitch.Off ? 0 : 40));
        Assert.That(tunnel.Port.Counters.MessagesCoalesced, Is.EqualTo(offload == OffloadSwitch.Off ? 0 : 1));
    }

    [Test]
    public void More_than_a_batch_holds_comes_in_several_in_order()
    {
        L2tpv3Options options = Loopback.NewOptions();
        byte[][] frames = [.. Enumerable.Range(0, 640).Select(i => LoopbackLink.Frame(100, i))];
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);

        foreach (byte[][] together in frames.Chunk(64))
            SendTogether(peer, options, together);
        // In between, one that was sent alone.
        byte[] alone = LoopbackLink.Frame(1000);
        SendTogether(peer, options, [alone]);

        Assert.That(tunnel.Receive(641), Is.EqualTo((byte[][])[.. frames, alone]));
        Assert.That(tunnel.Port.Counters.DatagramsCoalesced, Is.EqualTo(640));
        Assert.That(tunnel.Received.FramesIn, Is.EqualTo(641));
    }

    [Test]
    public void One_foreign_message_makes_each_of_its_datagrams_foreign()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket stranger = Loopback.PeerOf(options with { DestinationPort = "0" });
        using var tunnel = new TunnelUnderTest(options);

        SendTogether(stranger, options, [LoopbackLink.Frame(100), LoopbackLink.Frame(100), LoopbackLink.Frame(100)]);

        Assert.That(tunnel.Receive(3), Is.Empty);
        Assert.That(tunnel.Received.Dropped(FrameVerdict.UnexpectedSource), Is.EqualTo(3));
    }

    [Test]
    public void What_the_receive_buffer_had_no_room_for_is_counted()
    {
        const int sent = 1000;
        L2tpv3Options options = Loopback.NewOptions();
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new TunnelUnderTest(options);
        for (int i = 0; i < sent; i++)
            peer.SendTo(codec.Encode(LoopbackLink.Frame(40_000)), Loopback.SourceOf(options));
        Loopback.Settle();
        while (tunnel.Fill() > 0)
        {
        }

        // The kernel tells of it beside the next one that had room.
        long received = tunnel.Received.FramesOut;
        Assert.That(received, Is.LessThan(sent), "the buffer was never full");
        peer.SendTo(codec.Encode(LoopbackLink.Frame(60)), Loopback.SourceOf(options));
        tunnel.Receive(1);
        Assert.That(tunnel.Received.Dropped(FrameVerdict.ReceiveBufferFull), Is.EqualTo(sent - received));
        Assert.That(tunnel.Received.FramesIn, Is.EqualTo(sent + 1));
    }

    [Test]
    public unsafe void A_message_longer_than_the_buffer_loses_only_what_was_cut()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.PeerOf(options);
        int descriptor = TunnelUnderTest.OpenSocket(options, out SocketAddress address);
        using (address)
        using (var source = new DatagramSource(descriptor, address, new DatagramCounters(), new ErrorQueue(descriptor, address, new DatagramCounters()), coalesce: true, bufferLength: 250))
        using (var batch = new BatchUnderTest())
        {
            peer.SetRawSocketOption((int)ProtocolType.Udp, Glibc.UDP_SEGMENT, BitConverter.GetBytes(100));
            peer.SendTo(LoopbackLink.Frame(400), Loopback.SourceOf(options));
            Assert.That(() => { source.Fill(batch.Batch); return batch.Batch.Count; }, Is.EqualTo(3).After(Loopback.PatienceMilliseconds, 1));
            Assert.That(Enumerable.Range(0, 3).Select(batch.VerdictOf), Is.EqualTo(new[] { FrameVerdict.Accept, FrameVerdict.Accept, FrameVerdict.Truncated }));
            Assert.That(batch.BytesOf(1), Is.EqualTo(LoopbackLink.Frame(400)[100..200]));
        }

        _ = LibC.close(descriptor);
    }

    private static void SendTogether(Socket peer, L2tpv3Options options, byte[][] frames)
    {
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        byte[][] datagrams = [.. frames.Select(frame => codec.Encode(frame))];
        peer.SetRawSocketOption((int)ProtocolType.Udp, Glibc.UDP_SEGMENT, BitConverter.GetBytes(datagrams[0].Length));
        peer.SendTo([.. datagrams.SelectMany(bytes => bytes)], Loopback.SourceOf(options));
    }
}
