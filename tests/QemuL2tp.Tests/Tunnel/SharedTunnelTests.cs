using System.Net;
using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>Several sessions with one local address and port, real sockets on loopback.</summary>
internal sealed class SharedTunnelTests
{
    [Test]
    public void Sessions_between_the_same_two_ports_get_what_is_theirs_and_nothing_else([Values] bool udp, [Values] bool ipv6)
    {
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(udp, ipv6), 3);
        using Socket peer = Loopback.PeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session[] sessions = [.. options.Select(tunnel.Add)];

        for (int i = 0; i < sessions.Length; i++)
            sessions[i].SendFrom(peer, LoopbackLink.Frame(100 + i));
        tunnel.Until(() => sessions.All(session => session.Guest.Count == 1), "each has its frame");
        for (int i = 0; i < sessions.Length; i++)
        {
            Assert.That(sessions[i].Guest.Frames, Is.EqualTo((byte[][])[LoopbackLink.Frame(100 + i)]));
            sessions[i].Guest.Send(LoopbackLink.Frame(200 + i));
        }

        tunnel.TurnOnly();
        bool[] has = new bool[sessions.Length];
        while (has.Contains(false))
        {
            byte[] message = WithoutIPHeader(peer.ReceiveDatagram(), options[0]);
            int index = Array.FindIndex(options, each => message.AsSpan(udp ? 4 : 0, 4).SequenceEqual(L2tpPeer.BigEndian(each.TransmitSession)));
            // Over raw IPv6 both ends have one address, and the peer gets what it has sent itself.
            if (index < 0)
                continue;
            Assert.That(sessions[index].Codec.Decode(message, out _), Is.EqualTo(LoopbackLink.Frame(200 + index)));
            Assert.That(has[index], Is.False);
            has[index] = true;
        }

        ExpectSums(sessions);
    }

    [Test]
    public void Datagrams_of_several_sessions_that_the_kernel_has_put_together_are_told_apart([Values] bool ipv6)
    {
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(ipv6: ipv6), 3);
        using Socket peer = Loopback.PeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session[] sessions = [.. options.Select(tunnel.Add)];

        // 0 0 1 2 1 0 0 1 2 …
        int[] order = [.. Enumerable.Range(0, 50).Select(i => (int[])[0, 0, 1, 2, 1]).SelectMany(each => each).Take(60)];
        byte[] together = [.. order.SelectMany((session, i) => sessions[session].Codec.Encode(LoopbackLink.Frame(100, i)))];
        peer.SetRawSocketOption((int)ProtocolType.Udp, Glibc.UDP_SEGMENT, BitConverter.GetBytes(together.Length / order.Length));
        peer.SendTo(together, Loopback.SourceOf(options[0]));

        tunnel.Until(() => sessions.Sum(session => session.Guest.Count) == order.Length, "all have come");
        for (int i = 0; i < sessions.Length; i++)
            Assert.That(sessions[i].Guest.Frames, Is.EqualTo(order.Select((session, at) => (session, at)).Where(each => each.session == i).Select(each => LoopbackLink.Frame(100, each.at))));
        ExpectSums(sessions);
    }

    [Test]
    public void One_port_has_several_peers_each_with_its_session([Values] bool ipv6)
    {
        L2tpv3Options one = Loopback.NewOptions(ipv6: ipv6) with { Id = "one" };
        L2tpv3Options two = one with { Id = "two", ReceiveSession = 2, TransmitSession = 20, DestinationPort = $"{Loopback.NewPort()}" };
        using Socket peerOfOne = Loopback.PeerOf(one), peerOfTwo = Loopback.PeerOf(two);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session first = tunnel.Add(one), second = tunnel.Add(two);

        first.SendFrom(peerOfOne, LoopbackLink.Frame(100));
        second.SendFrom(peerOfTwo, LoopbackLink.Frame(101));
        first.Guest.Send(LoopbackLink.Frame(200));
        second.Guest.Send(LoopbackLink.Frame(201));
        tunnel.Until(() => first.Guest.Count == 1 && second.Guest.Count == 1, "each has its frame");
        Assert.That(first.Guest.Frames.Concat(second.Guest.Frames), Is.EqualTo((byte[][])[LoopbackLink.Frame(100), LoopbackLink.Frame(101)]));
        Assert.That(first.Codec.Decode(peerOfOne.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(200)));
        Assert.That(second.Codec.Decode(peerOfTwo.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(201)));

        // The other one's peer is a stranger.
        first.SendFrom(peerOfTwo, LoopbackLink.Frame(102));
        tunnel.Until(() => first.ToGuest.Dropped(FrameVerdict.UnexpectedSource) == 1, "the other peer's frame is refused");
        Assert.That(tunnel.Log.Messages, Has.Some.StartsWith("one: dropped a frame from ").And.Some.Contains($":{two.DestinationPort}: UnexpectedSource"));
        ExpectSums(first, second);
    }

    [Test]
    public void What_is_of_no_session_is_counted_at_the_tunnel_by_reason([Values] bool ipv6)
    {
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(ipv6: ipv6), 2);
        using Socket peer = Loopback.PeerOf(options[0]);
        using Socket stranger = Loopback.Udp(new IPEndPoint(IPAddress.Parse(options[0].Destination), 0));
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session[] sessions = [.. options.Select(tunnel.Add)];
        IPEndPoint to = Loopback.SourceOf(options[0]);

        peer.SendTo([0, 3, 0, 0, 9, 9, 9, 9, 1, 2], to);
        stranger.SendTo([0, 3, 0, 0, 0, 0, 0, 0, 1, 2], to);
        peer.SendTo([0xc8, 3, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0], to);
        peer.SendTo([0xc8, 3, 0, 12, .. L2tpPeer.BigEndian(options[0].ReceiveSession), 0, 0, 0, 0], to);
        peer.SendTo([0, 3, 0, 0, 9, 9, 9], to);
        peer.SendTo([], to);
        sessions[1].SendFrom(peer, LoopbackLink.Frame(100));

        DirectionCounters counters = sessions[0].Port.TunnelReceived;
        tunnel.Until(() => counters.FramesIn == 7, "all have come");
        Assert.That(sessions[1].Port.TunnelReceived, Is.SameAs(counters));
        Assert.That(counters.Dropped(FrameVerdict.WrongSession), Is.EqualTo(2));
        Assert.That(counters.Dropped(FrameVerdict.ControlMessage), Is.EqualTo(2));
        Assert.That(counters.Dropped(FrameVerdict.TooShort), Is.EqualTo(2));
        Assert.That(sessions.Sum(session => session.ToGuest.DroppedInAll), Is.Zero);
        ExpectSums(sessions);
        Assert.That(tunnel.Log.Messages, Has.Some.StartsWith("s0, s1: dropped ").And.Some.Contains("ControlMessage"));
    }

    [TestCase("00020000 00000001 f0", true)] // Version 2: QEMU accepts it.
    [TestCase("00000000 00000001 f0", true)]
    [TestCase("7fffffff 00000001 f0", true)] // All reserved bits.
    [TestCase("80030000 00000001 f0", false)]
    [TestCase("ffffffff 00000001 f0", false)]
    public void N_2_over_UDP_only_the_T_bit_of_the_first_word_matters(string datagram, bool isData)
    {
        L2tpv3Options options = Loopback.NewOptions() with { ReceiveSession = 1 };
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session session = tunnel.Add(options);
        peer.SendTo(Convert.FromHexString(datagram.Replace(" ", "", StringComparison.Ordinal)), Loopback.SourceOf(options));
        tunnel.Until(() => session.Port.TunnelReceived.FramesIn == 1, "it has come");
        Assert.That((session.Guest.Count, session.Port.TunnelReceived.Dropped(FrameVerdict.ControlMessage)), Is.EqualTo(isData ? (1L, 0L) : (0L, 1L)));
    }

    [Test]
    public void N_2_over_IP_session_0_is_a_control_message_unless_rxsession_says_so([Values] bool ipv6, [Values] bool isOurs) => OwnNetwork.Run(() =>
    {
        L2tpv3Options options = Loopback.NewOptions(udp: false, ipv6) with { ReceiveSession = isOurs ? 0u : 1 };
        using Socket peer = Loopback.PeerOf(options);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session session = tunnel.Add(options);
        peer.SendTo([0, 0, 0, 0, 0xf0], Loopback.SourceOf(options));
        tunnel.Until(() => session.Port.TunnelReceived.FramesIn == 1, "it has come");
        Assert.That((session.Guest.Count, session.Port.TunnelReceived.Dropped(FrameVerdict.ControlMessage)), Is.EqualTo(isOurs ? (1L, 0L) : (0L, 1L)));
    });

    [Test]
    public void Each_session_has_its_own_cookie([Values] bool udp)
    {
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(udp) with { ReceiveCookieSize = 4, ReceiveCookie = 7 }, 2);
        options[1] = options[1] with { ReceiveCookieSize = 8, ReceiveCookie = 8 };
        using Socket peer = Loopback.PeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session[] sessions = [.. options.Select(tunnel.Add)];

        foreach (SessionsUnderTest.Session session in sessions)
        {
            session.SendFrom(peer, LoopbackLink.Frame(100));
            peer.SendTo((session.Codec with { SendCookie = L2tpPeer.BigEndian(99, session.Options.ReceiveCookieSize) }).Encode(LoopbackLink.Frame(101)), Loopback.SourceOf(session.Options));
        }

        tunnel.Until(() => sessions.All(session => session.ToGuest.FramesIn == 2), "all have come");
        foreach (SessionsUnderTest.Session session in sessions)
        {
            Assert.That(session.Guest.Frames, Is.EqualTo((byte[][])[LoopbackLink.Frame(100)]));
            Assert.That(session.ToGuest.Dropped(FrameVerdict.WrongCookie), Is.EqualTo(1));
        }

        ExpectSums(sessions);
    }

    [Test]
    public void A_guest_that_takes_nothing_keeps_the_others_waiting_for_nothing_and_loses_only_what_is_too_much()
    {
        const int TooMany = 1500;
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(), 2);
        using Socket peer = Loopback.PeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session slow = tunnel.Add(options[0]), quick = tunnel.Add(options[1]);
        slow.Guest.Takes = false;
        slow.SendFrom(peer, LoopbackLink.Frame(100));
        tunnel.Until(() => slow.ToGuest.FramesIn == 1, "the first is held");

        for (int i = 0; i < TooMany; i++)
        {
            slow.SendFrom(peer, LoopbackLink.Frame(100, i));
            quick.SendFrom(peer, LoopbackLink.Frame(100, i));
            if (i % 50 == 49)
                tunnel.Turn();
        }

        tunnel.Until(() => quick.Guest.Count == TooMany, "the other one gets all");
        Assert.That(quick.Guest.Frames, Is.EqualTo(Enumerable.Range(0, TooMany).Select(i => LoopbackLink.Frame(100, i))));
        long lost = slow.ToGuest.Dropped(FrameVerdict.GuestTooSlow);
        Assert.That(lost, Is.EqualTo(TooMany - 1024));

        slow.Guest.Takes = true;
        tunnel.Until(() => slow.Guest.Count == 1 + TooMany - lost, "what was kept comes");
        Assert.That(slow.Guest.Frames.Skip(1), Is.EqualTo(Enumerable.Range(0, TooMany - (int)lost).Select(i => LoopbackLink.Frame(100, i))));
        slow.SendFrom(peer, LoopbackLink.Frame(300));
        tunnel.Until(() => slow.Guest.Count == 2 + TooMany - lost, "and what comes after it");
        ExpectSums(slow, quick);
    }

    [Test]
    public void What_the_network_says_about_a_peer_is_told_once_in_the_name_of_its_sessions([Values] bool udp)
    {
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(udp), 3);
        string elsewhere = options[2].Destination[..^1] + "3";
        options[2] = options[2] with { Destination = elsewhere };
        using Socket peerOfLast = Loopback.PeerOf(options[2]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session[] sessions = [.. options.Select(tunnel.Add)];

        // The first two have a peer that refuses. How soon the kernel says so depends on what else it has to tell in this host.
        tunnel.Until(
            () =>
            {
                foreach (SessionsUnderTest.Session session in sessions)
                    session.Guest.Send(LoopbackLink.Frame(60));
                return sessions[0].Port.Counters.PeerRefused > 3;
            },
            "the peer refuses more than once");
        string peer = udp ? $"{Loopback.DestinationOf(options[0])}" : options[0].Destination;
        Assert.That(tunnel.Log.Messages, Is.EqualTo((string[])[$"s0, s1: peer {peer} refuses our packets: nothing listens there yet; sending goes on"]));
        Assert.That(sessions[1].Port.Counters.PeerRefused, Is.EqualTo(sessions[0].Port.Counters.PeerRefused));
        Assert.That(sessions[2].Port.Counters.Errors, Is.Zero);
        Assert.That(sessions[2].Port.Counters.StrayReports, Is.Zero);
    }

    [Test]
    public void While_no_guest_takes_anything_the_kernel_keeps_it()
    {
        const int Frames = 3000;
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(), 2);
        using Socket peer = Loopback.PeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session[] sessions = [.. options.Select(tunnel.Add)];
        foreach (SessionsUnderTest.Session session in sessions)
        {
            session.Guest.Takes = false;
            session.SendFrom(peer, LoopbackLink.Frame(100));
        }

        tunnel.Until(() => sessions.All(session => session.ToGuest.FramesIn == 1), "both hold");
        for (int i = 0; i < Frames; i++)
            sessions[i % 2].SendFrom(peer, LoopbackLink.Frame(100, i));
        tunnel.Turn();
        Assert.That(sessions.Sum(session => session.ToGuest.FramesIn), Is.EqualTo(2));

        foreach (SessionsUnderTest.Session session in sessions)
            session.Guest.Takes = true;
        tunnel.Until(() => sessions.Sum(session => session.Guest.Count) == 2 + Frames, "all come");
        ExpectSums(sessions);
        Assert.That(sessions.Sum(session => session.ToGuest.DroppedInAll), Is.Zero);
    }

    [Test]
    public void Sessions_come_and_go_and_no_frame_of_another_is_lost([Values] bool udp, [Values] bool ipv6)
    {
        const int Rounds = 200;
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(udp, ipv6), 3);
        if (udp)
            options[2] = options[2] with { DestinationPort = $"{Loopback.NewPort()}" };
        using Socket peer = Loopback.RoomyPeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session staying = tunnel.Add(options[0]);
        int sent = 0;
        for (int round = 0; round < Rounds; round++)
        {
            Send(3);
            SessionsUnderTest.Session one = tunnel.Add(options[1]);
            Send(3);
            SessionsUnderTest.Session other = tunnel.Add(options[2]);
            Send(3);
            one.SendFrom(peer, LoopbackLink.Frame(80));
            if (round % 3 == 0)
                tunnel.TurnOnly();
            tunnel.Remove(one);
            Send(3);
            tunnel.Remove(other);
            Send(3);
            if (round % 2 == 0)
                tunnel.TurnOnly();
        }

        tunnel.Until(() => staying.Guest.Count == sent, "all have come");
        Assert.That(staying.Guest.Frames, Is.EqualTo(Enumerable.Range(0, sent).Select(i => LoopbackLink.Frame(100, i))));
        Assert.That(staying.ToGuest.DroppedInAll, Is.Zero);

        void Send(int count)
        {
            for (; count > 0; count--)
                staying.SendFrom(peer, LoopbackLink.Frame(100, sent++));
        }
    }

    [Test]
    public void The_first_session_may_go_before_the_others_and_the_last_one_closes_the_port([Values] bool ipv6)
    {
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(ipv6: ipv6), 2);
        using Socket peer = Loopback.PeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session first = tunnel.Add(options[0]), second = tunnel.Add(options[1]);
        tunnel.Remove(first);
        second.SendFrom(peer, LoopbackLink.Frame(100));
        tunnel.Until(() => second.Guest.Count == 1, "the other one goes on");
        first.SendFrom(peer, LoopbackLink.Frame(100));
        tunnel.Until(() => second.Port.TunnelReceived.Dropped(FrameVerdict.WrongSession) == 1, "what is for the one that has gone is nobody's");
        Assert.That(() => Loopback.Udp(Loopback.SourceOf(options[0])), Throws.TypeOf<SocketException>());
        tunnel.Remove(second);
        Loopback.Udp(Loopback.SourceOf(options[0])).Dispose();
    }

    [Test]
    public void A_hundred_raw_IP_sessions_have_one_socket_which_gets_nothing_of_others([Values] bool ipv6)
    {
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(udp: false, ipv6), 100);
        using Socket peer = Loopback.PeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session[] sessions = [.. options.Select(tunnel.Add)];

        foreach (SessionsUnderTest.Session session in sessions)
        {
            peer.SendTo((session.Codec with { SendSession = session.Codec.SendSession + 100_000 }).Encode(LoopbackLink.Frame(90)), Loopback.SourceOf(options[0]));
            session.SendFrom(peer, LoopbackLink.Frame(100));
        }

        tunnel.Until(() => sessions.All(session => session.Guest.Count == 1), "each has its frame");
        Assert.That(sessions[0].Port.TunnelReceived.DroppedInAll, Is.Zero);
        Assert.That(sessions[0].Port.TunnelReceived.FramesIn, Is.EqualTo(100));
        ExpectSums(sessions);
    }

    [Test]
    public void Several_sessions_allocate_nothing([Values] bool udp)
    {
        const int Turns = 10_000;
        L2tpv3Options[] options = Sessions(Loopback.NewOptions(udp), 3);
        using Socket peer = Loopback.PeerOf(options[0]);
        using var tunnel = new SessionsUnderTest();
        SessionsUnderTest.Session[] sessions = [.. options.Select(tunnel.Add)];
        byte[][] packets = [.. sessions.Select(session => session.Codec.Encode(LoopbackLink.Frame(100)))];
        System.Net.SocketAddress to = Loopback.SourceOf(options[0]).Serialize();
        foreach (SessionsUnderTest.Session session in sessions)
            session.Guest.Keeps = false;
        // The second one takes nothing in every other thousand.
        Run(2000);
        Assert.That(Run(Turns), Is.Zero);
        Assert.That(sessions[0].Guest.Count, Is.GreaterThan(0));

        // The class library's socket allocates now and then, so only the turns count.
        long Run(int turns)
        {
            long allocated = 0;
            for (int i = 0; i < turns; i++)
            {
                sessions[1].Guest.Takes = i % 2000 < 1000;
                for (int packet = 0; packet < packets.Length; packet++)
                    peer.SendTo(packets[packet], SocketFlags.None, to);
                long before = GC.GetAllocatedBytesForCurrentThread();
                tunnel.TurnOnly();
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            }

            sessions[1].Guest.Takes = true;
            tunnel.TurnOnly();
            return allocated;
        }
    }

    /// <summary>Options of several sessions with one local end and one peer; over raw IPv6 everybody has the same address, but not the same sessions.</summary>
    private static L2tpv3Options[] Sessions(L2tpv3Options options, int count)
    {
        uint first = (uint)Loopback.NewPort() << 12;
        return [.. Enumerable.Range(0, count).Select(i => options with { Id = $"s{i}", ReceiveSession = first + (uint)i, TransmitSession = first + 2048 + (uint)i })];
    }

    private static byte[] WithoutIPHeader(byte[] packet, L2tpv3Options options) => options.Udp || options.IPv6 ? packet : packet[20..];

    /// <summary>At rest: in = out + drops, at the tunnel and at each session.</summary>
    private static void ExpectSums(params SessionsUnderTest.Session[] sessions)
    {
        DirectionCounters tunnel = sessions[0].Port.TunnelReceived;
        Assert.That(tunnel.FramesIn, Is.EqualTo(tunnel.FramesOut + tunnel.DroppedInAll));
        Assert.That(tunnel.FramesOut, Is.EqualTo(sessions.Sum(session => session.ToGuest.FramesIn)));
        foreach (SessionsUnderTest.Session session in sessions)
            Assert.That(session.ToGuest.FramesIn, Is.EqualTo(session.ToGuest.FramesOut + session.ToGuest.DroppedInAll));
    }
}
