using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.L2tpv3;

public class DecapsulatorTests
{
    // Session 0x55667788; cookies 0xb1b2b3b4 and 0xb1b2b3b4b5b6b7b8; the frame is f0f1f2f3.
    [TestCase(true, 0, false, "00030000 55667788")]
    [TestCase(true, 0, true, "00030000 55667788 00000001")]
    [TestCase(true, 4, false, "00030000 55667788 b1b2b3b4")]
    [TestCase(true, 4, true, "00030000 55667788 b1b2b3b4 00000001")]
    [TestCase(true, 8, false, "00030000 55667788 b1b2b3b4b5b6b7b8")]
    [TestCase(true, 8, true, "00030000 55667788 b1b2b3b4b5b6b7b8 00000001")]
    [TestCase(false, 0, false, "55667788")]
    [TestCase(false, 0, true, "55667788 00000001")]
    [TestCase(false, 4, false, "55667788 b1b2b3b4")]
    [TestCase(false, 4, true, "55667788 b1b2b3b4 00000001")]
    [TestCase(false, 8, false, "55667788 b1b2b3b4b5b6b7b8")]
    [TestCase(false, 8, true, "55667788 b1b2b3b4b5b6b7b8 00000001")]
    public void Each_layout_gives_its_frame(bool udp, int cookie, bool counter, string header)
    {
        Assert.That(Receive(PseudowireOptions.Create(udp, false, cookie, counter), header + "f0f1f2f3"), Is.EqualTo("F0F1F2F3"));
        Assert.That(Receive(PseudowireOptions.Create(udp, true, cookie, counter), header + "f0f1f2f3"), Is.EqualTo("F0F1F2F3"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4)]
    [TestCase(255)]
    [TestCase(256)]
    public void Offset_bytes_are_skipped_unread(int offset)
    {
        string padding = string.Concat(Enumerable.Repeat("ee", offset));

        Assert.That(Receive(PseudowireOptions.Create(offset: offset), "0003000055667788" + padding + "f0f1"), Is.EqualTo("F0F1"));
    }

    [Test]
    public void A_frame_of_one_byte_is_delivered() =>
        Assert.That(Receive(PseudowireOptions.Create(), "00030000 55667788 f0"), Is.EqualTo("F0"));

    [Test]
    public void The_header_that_was_there_becomes_headroom()
    {
        using BatchUnderTest frames = Apply(PseudowireOptions.Create(udp: false, cookie: 4), "55667788 b1b2b3b4 f0f1");

        Assert.That(frames.Batch[0].Headroom, Is.EqualTo(8));
        Assert.That(frames.Batch[0].Length, Is.EqualTo(2));
    }

    [TestCaseSource(typeof(PseudowireOptions), nameof(PseudowireOptions.Cases))]
    public void N_1_a_datagram_shorter_than_the_header_is_TooShort_and_exactly_the_header_is_EmptyFrame(L2tpv3Options options)
    {
        byte[] whole = (PseudowireOptions.PeerOf(options) with { IPv4Header = [] }).Encode([]);
        using BatchUnderTest frames = new(capacity: 1);
        Decapsulator decapsulator = new(options);
        for (int length = 0; length < whole.Length; length++)
        {
            frames.Add(whole[..length]);
            decapsulator.Apply(frames.Batch, 0);
            Assert.That(frames.VerdictOf(0), Is.EqualTo(FrameVerdict.TooShort), $"length {length}");
            frames.Take();
        }

        frames.Add(whole);
        decapsulator.Apply(frames.Batch, 0);
        Assert.That(frames.VerdictOf(0), Is.EqualTo(FrameVerdict.EmptyFrame));
    }

    [TestCase(true, 4, "00030000 55667788 b1b2b3b5 f0", FrameVerdict.WrongCookie)]
    [TestCase(true, 4, "00030000 55667788 31b2b3b4 f0", FrameVerdict.WrongCookie)]
    [TestCase(true, 8, "00030000 55667788 b1b2b3b4b5b6b7b9 f0", FrameVerdict.WrongCookie)]
    [TestCase(true, 8, "00030000 55667788 31b2b3b4b5b6b7b8 f0", FrameVerdict.WrongCookie)]
    [TestCase(true, 8, "00030000 55667788 b5b6b7b8b1b2b3b4 f0", FrameVerdict.WrongCookie)] // Words swapped.
    [TestCase(true, 8, "00030000 55667788 b1b2b3b4 f0f1f2f3f4f5", FrameVerdict.WrongCookie)] // A 4-byte cookie, then the frame.
    [TestCase(true, 8, "00030000 55667788 b1b2b3b4 f0", FrameVerdict.TooShort)]
    [TestCase(false, 4, "55667788 b1b2b3b5 f0", FrameVerdict.WrongCookie)]
    [TestCase(false, 8, "55667788 b1b2b3b4b5b6b7b9 f0", FrameVerdict.WrongCookie)]
    public void N_3_a_wrong_cookie(bool udp, int cookie, string datagram, FrameVerdict verdict) =>
        Assert.That(Verdict(PseudowireOptions.Create(udp, ipv6: true, cookie), datagram), Is.EqualTo(verdict));

    [Test]
    public void N_3_every_single_wrong_bit_of_a_cookie_is_noticed([Values(4, 8)] int size)
    {
        L2tpv3Options options = PseudowireOptions.Create(cookie: size);
        L2tpPeer peer = PseudowireOptions.PeerOf(options);
        for (int bit = 0; bit < size * 8; bit++)
        {
            byte[] datagram = peer.Encode([0xf0]);
            datagram[8 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            Assert.That(Verdict(options, Convert.ToHexString(datagram)), Is.EqualTo(FrameVerdict.WrongCookie), $"bit {bit}");
        }
    }

    [Test]
    public void N_3_a_4_byte_cookie_never_matches_an_rxcookie_above_32_bits()
    {
        L2tpv3Options options = PseudowireOptions.Create(cookie: 4) with { ReceiveCookie = 0x1_b1b2b3b4 };

        Assert.That(Verdict(options, "00030000 55667788 b1b2b3b4 f0"), Is.EqualTo(FrameVerdict.WrongCookie));
        Assert.That(Verdict(options with { ReceiveCookie = 0xb1b2b3b4 }, "00030000 55667788 b1b2b3b4 f0"), Is.EqualTo(FrameVerdict.Accept));
    }

    [TestCase(4, "b1b2b3b4", FrameVerdict.Accept)]
    [TestCase(4, "c1c2c3c4", FrameVerdict.Accept)]
    [TestCase(4, "c1c2c3c5", FrameVerdict.WrongCookie)]
    [TestCase(4, "b1b2c3c4", FrameVerdict.WrongCookie)]
    [TestCase(4, "00000000", FrameVerdict.WrongCookie)]
    [TestCase(8, "00000000c1c2c3c4", FrameVerdict.Accept)]
    [TestCase(8, "c1c2c3c400000000", FrameVerdict.WrongCookie)]
    [TestCase(8, "b1b2b3b4b5b6b7b8", FrameVerdict.Accept)]
    [TestCase(0, "", FrameVerdict.Accept)]
    public void Either_of_two_cookies_is_accepted(int size, string cookie, FrameVerdict verdict) => Assert.That(
        Verdict(PseudowireOptions.Create(cookie: size) with { ReceiveCookie2 = 0xc1c2c3c4 }, "00030000 55667788" + cookie + "f0"), Is.EqualTo(verdict));

    [Test]
    public void N_3_a_4_byte_cookie_never_matches_an_rxcookie2_above_32_bits() => Assert.That(
        Verdict(PseudowireOptions.Create(cookie: 4) with { ReceiveCookie2 = 0x1_c1c2c3c4 }, "00030000 55667788 c1c2c3c4 f0"), Is.EqualTo(FrameVerdict.WrongCookie));

    [TestCase(4, "b5b6b7b8", FrameVerdict.Accept)]
    [TestCase(8, "b1b2b3b4b5b6b7b8", FrameVerdict.Accept)]
    [TestCase(0, "", FrameVerdict.Accept)]
    public void The_size_of_the_transmit_cookie_does_not_matter(int receive, string cookie, FrameVerdict verdict)
    {
        L2tpv3Options options = PseudowireOptions.Create(cookie: 8) with { ReceiveCookieSize = receive };
        options = receive == 4 ? options with { ReceiveCookie = 0xb5b6b7b8 } : options;

        Assert.That(Receive(options with { TransmitCookieSize = 8 }, "00030000 55667788" + cookie + "f0"), Is.EqualTo("F0"));
        Assert.That(Verdict(options with { TransmitCookieSize = 0 }, "00030000 55667788" + cookie + "f0"), Is.EqualTo(verdict));
    }

    [TestCase(true, true, "00030000 55667788 f0", FrameVerdict.UnexpectedSource)]
    [TestCase(true, false, "00030000 55667788 f0", FrameVerdict.Accept)]
    [TestCase(false, true, "00030000 55667788 f0", FrameVerdict.Accept)]
    [TestCase(true, true, "00030000 55667788", FrameVerdict.UnexpectedSource)]
    public void N_4_a_foreign_source_counts_only_when_session_and_cookie_are_right(bool foreign, bool strict, string datagram, FrameVerdict verdict)
    {
        using BatchUnderTest frames = new();
        frames.Add(Bytes(datagram));
        frames.Batch[0].IsForeign = foreign;

        new Decapsulator(PseudowireOptions.Create() with { StrictSource = strict }).Apply(frames.Batch, 0);

        Assert.That(frames.VerdictOf(0), Is.EqualTo(verdict));
    }

    [Test]
    public void A_packet_dropped_before_keeps_its_reason_and_is_not_looked_at()
    {
        using BatchUnderTest frames = new();
        frames.Add(Bytes("00030000 55667788 00000001 f0"));
        frames.Batch.Drop(0, FrameVerdict.Truncated);
        Decapsulator decapsulator = new(PseudowireOptions.Create(counter: true));

        decapsulator.Apply(frames.Batch, 0);

        Assert.That(frames.VerdictOf(0), Is.EqualTo(FrameVerdict.Truncated));
        Assert.That(frames.BytesOf(0), Has.Length.EqualTo(13));
        Assert.That(decapsulator.CounterStatistics!.Packets, Is.Zero);
    }

    [Test]
    public void Only_packets_with_the_cookie_and_from_the_peer_reach_the_counter_statistics()
    {
        using BatchUnderTest frames = new();
        frames.Add(Bytes("00030000 55667788 b1b2b3b4 00000001 f0"));
        frames.Add(Bytes("00030000 55667788 b1b2b3b4 00000002")); // Empty: dropped, but it did arrive.
        frames.Add(Bytes("00030000 55667788 b1b2b3b5 00000009 f0"));
        frames.Batch[frames.Add(Bytes("00030000 55667788 b1b2b3b4 00000009 f0"))].IsForeign = true;
        frames.Add(Bytes("00030000 55667788 b1b2b3b4 00000003 f0"));
        Decapsulator decapsulator = new(PseudowireOptions.Create(cookie: 4, counter: true));

        decapsulator.Apply(frames.Batch, 0);

        Assert.That(decapsulator.CounterStatistics!.InOrder, Is.EqualTo(3));
        Assert.That(decapsulator.CounterStatistics.Packets, Is.EqualTo(3));
        Assert.That(decapsulator.CounterStatistics.Lost, Is.Zero);
    }

    [Test]
    public void There_are_no_counter_statistics_without_counter() =>
        Assert.That(new Decapsulator(PseudowireOptions.Create(pin: true)).CounterStatistics, Is.Null);

    private static string Receive(L2tpv3Options options, string packet)
    {
        using BatchUnderTest frames = Apply(options, packet);
        Assert.That(frames.VerdictOf(0), Is.EqualTo(FrameVerdict.Accept));
        return Convert.ToHexString(frames.BytesOf(0));
    }

    private static FrameVerdict Verdict(L2tpv3Options options, string packet)
    {
        using BatchUnderTest frames = Apply(options, packet);
        return frames.VerdictOf(0);
    }

    private static BatchUnderTest Apply(L2tpv3Options options, string packet)
    {
        BatchUnderTest frames = new(capacity: 1);
        frames.Add(Bytes(packet));
        new Decapsulator(options).Apply(frames.Batch, 0);
        return frames;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
