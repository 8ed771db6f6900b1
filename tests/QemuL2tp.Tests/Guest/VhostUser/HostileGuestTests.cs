using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>What guests may do wrong with frames and headers; with rings as such see the tests of <c>Ring/</c>.</summary>
internal sealed class HostileGuestTests
{
    private VhostUserLink? _link;

    [TearDown]
    public void Dispose()
    {
        Assert.That(_link!.Memory.AreGuardsWhole, Is.True);
        _link.Dispose();
    }

    [Test]
    public void R_6_A_chain_shorter_than_the_header_is_dropped_and_returned([Values(10, 12)] int header, [Values] bool isPacked)
    {
        VhostUserLink link = Start(new RingKind(16, isPacked && header == 12, HeaderLength: header));
        for (int length = 1; length < header; length++)
            Send(link, new byte[length]);
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(header - 1));
        Assert.That(Dropped(link, FrameVerdict.NoVirtioHeader), Is.EqualTo(header - 1));

        Send(link, []);
        Assert.That(Dropped(link, FrameVerdict.NoVirtioHeader), Is.EqualTo(header), "nothing at all");
        for (int length = 0; length < 14; length++)
            Send(link, new byte[header + length]);
        Assert.That(Dropped(link, FrameVerdict.RuntFrame), Is.EqualTo(14));
        AssertSends(link);
    }

    [Test]
    public void A_header_that_asks_for_what_was_not_negotiated_is_dropped()
    {
        VhostUserLink link = Start();
        foreach ((int at, byte value) in new[] { (0, (byte)1), (1, (byte)1), (1, (byte)3), (1, (byte)4), (1, (byte)5), (1, (byte)0x81) })
        {
            byte[] bytes = new byte[100];
            bytes[at] = value;
            Send(link, bytes);
        }

        Assert.That(Dropped(link, FrameVerdict.OffloadNotNegotiated), Is.EqualTo(6));
        AssertSends(link);
    }

    [Test]
    public void R_20_Lengths_and_offsets_in_a_header_are_used_for_nothing([Values] bool isPacked)
    {
        // hdr_len, gso_size, csum_start, csum_offset and num_buffers, with nothing in the flags that gives them a meaning.
        VhostUserLink link = Start(new RingKind(16, isPacked));
        byte[] frame = LoopbackLink.Frame(77);
        foreach (byte value in new byte[] { 1, 0x7f, 0x80, 0xff })
        {
            byte[] header = [0, 0, .. Enumerable.Repeat(value, 10)];
            Send(link, [.. header, .. frame]);
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
        }
    }

    [Test]
    public void A_frame_longer_than_any_packet_or_in_more_pieces_than_a_batch_holds_is_dropped()
    {
        VhostUserLink link = Start(new RingKind(2048, HasIndirect: true));
        Send(link, new byte[12 + 65536]);
        Assert.That(Dropped(link, FrameVerdict.FrameTooLong), Is.EqualTo(1));

        link.Transmit.AddTransmit(LoopbackLink.Frame(1024), [12, .. Enumerable.Repeat(1, 1024)]);
        link.Transmit.KickAnyway();
        link.Turn();
        Assert.That(Dropped(link, FrameVerdict.TooManyFragments), Is.EqualTo(1));

        byte[] frame = LoopbackLink.Frame(1023);
        link.Transmit.AddTransmit(frame, [12, .. Enumerable.Repeat(1, 1023)]);
        link.Transmit.KickAnyway();
        link.Turn();
        Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame), "1023 pieces still fit");
        AssertSends(link);
    }

    [Test]
    public void R_7_Frames_cut_anywhere_arrive_whole_also_beside_others_of_a_batch()
    {
        VhostUserLink link = Start(new RingKind(1024));
        byte[][] frames = [.. Enumerable.Range(0, 60).Select(i => LoopbackLink.Frame(60 + i, i))];
        for (int i = 0; i < frames.Length; i++)
            link.Transmit.AddTransmit(frames[i], [.. Enumerable.Repeat(1 + (i % 4), 14)]);
        link.Transmit.Kick();
        link.Turn();
        foreach (byte[] frame in frames)
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(11)]
    public void R_8_A_receive_buffer_smaller_than_the_header_stops_its_ring_only(int room)
    {
        VhostUserLink link = Start();
        link.Receive.AddReceive(room);
        link.SendFromPeer(LoopbackLink.Frame(60));
        Assert.That(link.Receive.TakeErrors(), Is.EqualTo(1));
        Assert.That(link.Port.RingsBroken, Is.EqualTo(1));
        Assert.That(link.Link.Link.TunnelToGuest.Dropped(FrameVerdict.GuestNotReady), Is.EqualTo(1));
        AssertSends(link);
    }

    [Test]
    public void R_8_The_header_may_fill_its_buffer_exactly_when_buffers_can_be_merged()
    {
        VhostUserLink link = Start();
        link.Receive.AddReceive(12);
        link.Receive.AddReceive(60);
        byte[] frame = LoopbackLink.Frame(60);
        link.SendFromPeer(frame);
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frame }));
    }

    [Test]
    public void R_13_Without_mergeable_buffers_a_frame_longer_than_the_buffer_is_dropped_and_the_buffer_stays()
    {
        VhostUserLink link = Start(new RingKind(16, HeaderLength: 10));
        link.Receive.AddReceive(10, 1500);
        byte[] frame = LoopbackLink.Frame(1500);
        link.SendFromPeer(LoopbackLink.Frame(1501), LoopbackLink.Frame(9000), frame);
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frame }), "the one that fits");
        Assert.That(link.Link.Link.TunnelToGuest.Dropped(FrameVerdict.ReceiveBufferTooSmall), Is.EqualTo(2));
    }

    [Test]
    public void R_13_Frames_wait_for_buffers_then_are_dropped_then_are_delivered_again([Values] bool hasEventIndex, [Values] bool isPacked)
    {
        VhostUserLink link = Start(new RingKind(16, isPacked, hasEventIndex));
        byte[][] frames = [.. Enumerable.Range(0, 5).Select(i => LoopbackLink.Frame(100, i))];
        link.SendFromPeer(frames[0]);
        Assert.That(link.Link.Link.TunnelToGuest.DroppedInAll, Is.Zero, "it waits");
        link.Receive.AddReceive(1600);
        Assert.That(link.Receive.Kick(), Is.True, "a kick is wanted");
        link.Turn();
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frames[0] }));

        link.SendFromPeer(frames[1]);
        link.Port.OnTimer();
        link.Turn();
        Assert.That(Waited(link), Is.EqualTo(1), "it waited long enough");
        link.SendFromPeer(frames[2]);
        Assert.That(Waited(link), Is.EqualTo(2), "nobody waits again");

        link.Receive.AddReceive(1600);
        link.Receive.Kick();
        link.SendFromPeer(frames[3]);
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frames[3] }));
        link.SendFromPeer(frames[4]);
        Assert.That(Waited(link), Is.EqualTo(2), "now there is something to wait for again");
    }

    [Test]
    public void R_13_A_frame_that_needs_more_buffers_than_there_are_waits_without_using_any([Values] bool hasEventIndex, [Values] bool isPacked)
    {
        VhostUserLink link = Start(new RingKind(16, isPacked, hasEventIndex));
        byte[] frame = LoopbackLink.Frame(1000);
        for (int i = 0; i < 4; i++)
            link.Receive.AddReceive(200);
        _ = link.Receive.Kick();
        link.SendFromPeer(frame);
        Assert.That(link.Receive.TakeUsed(), Is.Empty);

        link.Receive.AddReceive(200);
        Assert.That(link.Receive.Kick(), Is.True, "for the one buffer more");
        link.Turn();
        Assert.That(link.Receive.TakeUsed(), Is.Empty, "one more is not enough");
        link.Receive.AddReceive(200);
        Assert.That(link.Receive.Kick(), Is.True, "again");
        link.Turn();
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frame }));
    }

    [Test]
    public void R_13_Merging_ends_at_a_bound([Values] bool isPacked)
    {
        VhostUserLink link = Start(new RingKind(2048, isPacked));
        link.Receive.AddReceive(12);
        for (int i = 0; i < 2000; i++)
            link.Receive.AddReceive(1);
        byte[] frame = LoopbackLink.Frame(1023);
        link.SendFromPeer(LoopbackLink.Frame(1024), frame);
        Assert.That(link.Link.Link.TunnelToGuest.Dropped(FrameVerdict.ReceiveBufferTooSmall), Is.EqualTo(1), "1025 buffers");
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frame }), "1024 buffers");
    }

    [Test]
    public void R_14_The_legacy_header_has_ten_bytes_and_no_number_of_buffers()
    {
        VhostUserLink link = Start(new RingKind(16, HeaderLength: 10));
        byte[] frame = LoopbackLink.Frame(80);
        link.Receive.AddReceive(90);
        link.SendFromPeer(frame);
        List<MockUsed> used = link.Receive.TakeUsed();
        Assert.That(used[0].Bytes, Is.EqualTo((byte[])[.. new byte[10], .. frame]));
    }

    [Test]
    public unsafe void R_18_Nothing_but_the_header_and_the_frame_is_written()
    {
        VhostUserLink link = Start();
        MockBuffer buffer = link.Receive.AddReceive(7, 1600);
        foreach ((ulong address, uint length) in buffer.Pieces)
            NativeMemory.Fill(link.Memory.At(address), length, 0xee);
        byte[] frame = LoopbackLink.Frame(61);
        link.SendFromPeer(frame);

        byte[] written = link.Receive.TakeUsed()[0].Bytes;
        Assert.That(written, Is.EqualTo((byte[])[.. new byte[10], 1, 0, .. frame]), "a header of zeros, one buffer");
        byte[] rest = link.Memory.Read(buffer.Pieces[1].Address + 5 + 61, 1600 - 5 - 61);
        Assert.That(rest, Is.All.EqualTo(0xee));
    }

    [Test]
    public void R_17_Kicks_for_receive_buffers_are_wanted_only_while_a_frame_waits([Values] bool isPacked)
    {
        VhostUserLink link = Start(new RingKind(64, isPacked));
        link.SendFromPeer(LoopbackLink.Frame(60));
        link.Receive.AddReceive(1600);
        Assert.That(link.Receive.Kick(), Is.True, "a frame waits");
        link.Turn();
        Assert.That(link.Receive.TakeFrames(), Has.Count.EqualTo(1));
        link.Receive.AddReceive(1600);
        Assert.That(link.Receive.Kick(), Is.False, "none waits");
    }

    [Test]
    public void R_17_A_kick_storm_or_never_a_kick_is_the_same()
    {
        VhostUserLink link = Start(new RingKind(64));
        for (int i = 0; i < 1000; i++)
        {
            link.Transmit.KickAnyway();
            link.Receive.KickAnyway();
            link.Turn();
        }

        byte[] frame = LoopbackLink.Frame(60);
        link.Transmit.AddTransmit(frame);
        link.Turn();
        Assert.That(link.Link.Peer.Available, Is.Zero, "nobody was told of it");
        link.Transmit.KickAnyway();
        link.Turn();
        Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
    }

    [Test]
    public void Frames_above_the_MTU_that_QEMU_set_do_not_reach_the_guest()
    {
        _link = new VhostUserLink(mtu: 1400).Start();
        byte[] fits = LoopbackLink.Frame(1400 + 14 + 8);
        for (int i = 0; i < 4; i++)
            _link.Receive.AddReceive(2000);
        _link.SendFromPeer(fits, LoopbackLink.Frame(1400 + 14 + 9));
        Assert.That(_link.Receive.TakeFrames(), Is.EqualTo(new[] { fits }), "two VLAN tags may be in front");
        Assert.That(_link.Link.Link.TunnelToGuest.Dropped(FrameVerdict.AboveMtu), Is.EqualTo(1));
    }

    [Test]
    public void A_broken_ring_works_again_when_the_driver_starts_anew()
    {
        VhostUserLink link = Start();
        link.Transmit.Offer(0xdead_0000_0000, 100, 0, 0);
        link.Transmit.KickAnyway();
        link.Turn();
        Assert.That(link.Transmit.TakeErrors(), Is.EqualTo(1));
        Assert.That(link.Link.Log.Messages, Has.Some.Contains("BadAddress"));
        byte[] frame = LoopbackLink.Frame(60);
        link.Receive.AddReceive(1600);
        link.SendFromPeer(frame);
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frame }), "the other ring goes on");

        link.Disconnect();
        link.NewGuest();
        link.Start();
        AssertSends(link);
    }

    private VhostUserLink Start(RingKind? ring = null) => _link = new VhostUserLink(ring ?? new RingKind(64)).Start();

    private static long Dropped(VhostUserLink link, FrameVerdict reason) => link.Link.Link.GuestToTunnel.Dropped(reason);

    private static long Waited(VhostUserLink link) => link.Link.Link.TunnelToGuest.Dropped(FrameVerdict.NoReceiveBuffer);

    /// <summary>Makes these bytes available to the device, header included, as one descriptor.</summary>
    private static void Send(VhostUserLink link, byte[] bytes)
    {
        ulong address = link.Memory.Allocate((uint)bytes.Length);
        link.Memory.Write(address, bytes);
        link.Transmit.Add([(address, (uint)bytes.Length)], isReceive: false);
        link.Transmit.KickAnyway();
        link.Turn();
    }

    private static void AssertSends(VhostUserLink link)
    {
        byte[] frame = LoopbackLink.Frame(777);
        link.SendFromGuest(frame);
        Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame), "a good frame goes on");
        DirectionCounters counters = link.Link.Link.GuestToTunnel;
        Assert.That(counters.FramesIn, Is.EqualTo(counters.FramesOut + counters.DroppedInAll));
    }
}
