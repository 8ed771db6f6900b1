using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Stages;
using Tmds.Linux;

namespace QemuL2tp.Tests.Forwarding;

/// <summary>Stages that split, join and delay, between a tunnel and each kind of guest port, with real sockets and rings.</summary>
internal sealed class StagesOverPortsTests
{
    private static readonly string[] s_guests = ["stream", "dgram", "vhost-user", "vhost-user, packed"];

    private static IEnumerable<TestCaseData> Cases => s_guests.SelectMany(guest => StageLists.Named.Select(list =>
        new TestCaseData(guest, list.Stages).SetArgDisplayNames(guest, list.Name)));

    [TestCaseSource(nameof(Cases))]
    public void Every_byte_arrives_once_and_in_order_both_ways(string kind, Func<IFrameStage>[] stages)
    {
        using GuestEnd guest = Start(kind, stages);
        var random = new FastRandom(7);
        List<byte> fromGuest = [];
        List<byte> fromPeer = [];
        for (int round = 0; round < 60; round++)
        {
            for (int i = random.Next(6); i > 0; i--)
            {
                byte[] frame = LoopbackLink.Frame(random.Between(42, 1400), (round * 10) + i);
                guest.Send(frame);
                fromGuest.AddRange(frame);
            }

            for (int i = random.Next(6); i > 0; i--)
            {
                byte[] frame = LoopbackLink.Frame(random.Between(42, 1400), (round * 10) + i + 5);
                guest.Link.SendFromPeer(frame);
                fromPeer.AddRange(frame);
            }

            guest.Exchange();
        }

        ExchangeUntil(guest, () => guest.AtPeer.Count >= fromGuest.Count && guest.Received.Count >= fromPeer.Count, "all has arrived");
        Assert.That(AreEqual(guest.AtPeer, fromGuest), Is.True, "guest to tunnel");
        Assert.That(AreEqual(guest.Received, fromPeer), Is.True, "tunnel to guest");
        AssertAtRest(guest);
        Assert.That(guest.Link.Link.GuestToTunnel.DroppedInAll + guest.Link.Link.TunnelToGuest.DroppedInAll, Is.Zero);
        guest.Exchange();
        if (guest is VhostUserGuest rings)
            Assert.That(rings.Outstanding, Is.Zero, "every buffer is back");
    }

    [TestCaseSource(nameof(Cases))]
    public void A_guest_that_takes_nothing_for_long_loses_nothing_that_was_not_counted(string kind, Func<IFrameStage>[] stages)
    {
        using GuestEnd guest = Start(kind, stages);
        List<byte> fromPeer = Overfill(guest);
        for (int i = 0; i < 50; i++)
        {
            byte[] frame = LoopbackLink.Frame(100, i);
            guest.Send(frame);
            guest.Turn();
        }

        ExchangeUntil(guest, () => guest.AtPeer.Count == 50 * 100, "the other direction goes on");
        ExchangeUntil(guest, () => IsAtRest(guest.Link.Link.TunnelToGuest) && guest.Link.Peer.Available == 0, "all is taken");
        guest.Exchange();
        DirectionCounters counters = guest.Link.Link.TunnelToGuest;
        Assert.That(counters.DroppedInAll, Is.EqualTo(counters.Dropped(FrameVerdict.ReceiveBufferFull) + counters.Dropped(FrameVerdict.NoReceiveBuffer)));
        if (counters.DroppedInAll == 0)
            ExchangeUntil(guest, () => AreEqual(guest.Received, fromPeer), $"every byte: {guest.Received.Count} of {fromPeer.Count}");
    }

    [TestCaseSource(nameof(Cases))]
    public void A_guest_that_ends_in_the_middle_takes_only_its_own_frames_with_it(string kind, Func<IFrameStage>[] stages)
    {
        using GuestEnd guest = Start(kind, stages);
        _ = Overfill(guest);
        // As many as a queue of datagrams takes without a turn.
        for (int i = 0; i < 8; i++)
            guest.Send(LoopbackLink.Frame(300, i));
        guest.End();
        Until.True(
            () =>
            {
                guest.Turn();
                guest.ReceiveAtPeer();
                return IsAtRest(guest.Link.Link.TunnelToGuest) && IsAtRest(guest.Link.Link.GuestToTunnel);
            },
            "in = out + drops");

        guest.AtPeer.Clear();
        guest.Received.Clear();
        guest.Begin();
        byte[] there = LoopbackLink.Frame(900, 1);
        byte[] back = LoopbackLink.Frame(901, 2);
        guest.Send(there);
        guest.Link.SendFromPeer(back);
        ExchangeUntil(guest, () => guest.AtPeer.Count >= there.Length && guest.Received.Count >= back.Length, "the next guest is served");
        Assert.That(AreEqual(guest.AtPeer, [.. there]) && AreEqual(guest.Received, [.. back]), Is.True, "whole frames, and no old one");
        AssertAtRest(guest);
    }

    [TestCaseSource(typeof(StageLists), nameof(StageLists.All))]
    public void A_tunnel_whose_send_buffer_is_full_makes_frames_wait_and_loses_none(Func<IFrameStage>[] stages) => OwnNetwork.Run(() =>
    {
        // So slow that the buffer becomes full, however long this thread has to wait for a processor.
        OwnNetwork.Command("tc", "qdisc add dev lo root tbf rate 10mbit burst 200k limit 1g");
        OwnNetwork.StayOnOneProcessor();
        using GuestEnd guest = Start("stream", stages);
        guest.Link.Peer.SetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, BitConverter.GetBytes(512 << 20));
        List<byte> fromGuest = [];
        for (int i = 0; guest.Link.Tunnel.Counters.SendBufferFull == 0; i++)
        {
            Assert.That(i, Is.LessThan(20_000), "the send buffer is never full");
            byte[] frame = LoopbackLink.Frame(3000, i % 100);
            guest.Send(frame);
            fromGuest.AddRange(frame);
            if (i % 20 == 19)
                guest.Turn();
        }

        // A few more come while nothing leaves.
        for (int i = 0; i < 20; i++)
        {
            byte[] frame = LoopbackLink.Frame(1000, i);
            guest.Send(frame);
            fromGuest.AddRange(frame);
            guest.Turn();
        }

        OwnNetwork.Command("tc", "qdisc change dev lo root tbf rate 10gbit burst 1m limit 1g");
        ExchangeUntil(guest, () => guest.AtPeer.Count >= fromGuest.Count, "all has arrived");
        Assert.That(AreEqual(guest.AtPeer, fromGuest), Is.True);
        AssertAtRest(guest);
        Assert.That(guest.Link.Link.GuestToTunnel.DroppedInAll, Is.Zero);
    });

    private static GuestEnd Start(string kind, Func<IFrameStage>[] stages) => kind switch
    {
        "stream" => new StreamGuest(stages),
        "dgram" => new DgramGuest(stages),
        _ => new VhostUserGuest(kind.Contains("packed", StringComparison.Ordinal), stages),
    };

    /// <summary>Sends to a guest that takes nothing until frames wait for it.</summary>
    private static List<byte> Overfill(GuestEnd guest)
    {
        List<byte> sent = [];
        DirectionCounters counters = guest.Link.Link.TunnelToGuest;
        for (int i = 0; i < 8000; i++)
        {
            byte[] frame = LoopbackLink.Frame(1400, i);
            guest.Link.SendFromPeer(frame);
            sent.AddRange(frame);
            if (i % 50 != 49)
                continue;
            long before = counters.FramesIn;
            guest.Turn();
            // The tunnel is not read any more.
            if (counters.FramesIn == before)
                return sent;
        }

        Assert.Fail("the test means to fill the guest's queue");
        return sent;
    }

    private static void ExchangeUntil(GuestEnd guest, Func<bool> condition, string what) => Until.True(
        () =>
        {
            guest.Exchange();
            return condition();
        },
        () => $"{what} (tunnel to guest: {guest.Received.Count} bytes, guest to tunnel: {guest.AtPeer.Count})");

    private static void AssertAtRest(GuestEnd guest)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(IsAtRest(guest.Link.Link.GuestToTunnel), Is.True, "guest to tunnel: in = out + drops");
            Assert.That(IsAtRest(guest.Link.Link.TunnelToGuest), Is.True, "tunnel to guest: in = out + drops");
        }
    }

    private static bool IsAtRest(DirectionCounters counters) => counters.FramesIn == counters.FramesOut + counters.DroppedInAll;

    private static bool AreEqual(List<byte> one, List<byte> other) => CollectionsMarshal.AsSpan(one).SequenceEqual(CollectionsMarshal.AsSpan(other));
}
