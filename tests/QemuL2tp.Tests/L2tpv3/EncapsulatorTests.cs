using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.L2tpv3;

public class EncapsulatorTests
{
    private static readonly byte[] s_frame = [0xf0, 0xf1, 0xf2, 0xf3];
    private static readonly L2tpv3Options s_sequenced = PseudowireOptions.Create(counter: true) with { Rfc3931Sequencing = true };

    // What QEMU 7.2 sends, byte for byte.
    [TestCase("udp", "0003000011223344")]
    [TestCase("udp txcookie=0xa1a2a3a4", "0003000011223344a1a2a3a4")]
    [TestCase("udp txcookie=0x1122334455667788", "000300001122334455667788")]
    [TestCase("udp cookie64 txcookie=0x1122334455667788", "00030000112233441122334455667788")]
    [TestCase("udp counter", "000300001122334400000001 000300001122334400000002 000300001122334400000003")]
    [TestCase("udp counter pincounter", "000300001122334400000000 000300001122334400000000")]
    [TestCase("udp cookie64 txcookie=0x1 counter", "0003000011223344000000000000000100000001")]
    [TestCase("udp counter offset=4", "00030000112233440000000100000000")]
    [TestCase("counter", "1122334400000001")]
    [TestCase("udp pincounter", "0003000011223344 0003000011223344")]
    [TestCase("udp pincounter offset=4", "000300001122334400000000")]
    public void Headers_are_those_of_QEMU(string words, string headers) => AssertHeaders(Parse(words), headers.Split(' '));

    [TestCase(true, 0, false, "0003000011223344")]
    [TestCase(true, 0, true, "000300001122334400000001")]
    [TestCase(true, 4, false, "0003000011223344a1a2a3a4")]
    [TestCase(true, 4, true, "0003000011223344a1a2a3a400000001")]
    [TestCase(true, 8, false, "0003000011223344a1a2a3a4a5a6a7a8")]
    [TestCase(true, 8, true, "0003000011223344a1a2a3a4a5a6a7a800000001")]
    [TestCase(false, 0, false, "11223344")]
    [TestCase(false, 0, true, "1122334400000001")]
    [TestCase(false, 4, false, "11223344a1a2a3a4")]
    [TestCase(false, 4, true, "11223344a1a2a3a400000001")]
    [TestCase(false, 8, false, "11223344a1a2a3a4a5a6a7a8")]
    [TestCase(false, 8, true, "11223344a1a2a3a4a5a6a7a800000001")]
    public void Each_layout_has_its_header(bool udp, int cookie, bool counter, string header)
    {
        AssertHeaders(PseudowireOptions.Create(udp, ipv6: false, cookie, counter), header);
        AssertHeaders(PseudowireOptions.Create(udp, ipv6: true, cookie, counter), header);
    }

    [TestCase(8, 4, "0003000011223344a1a2a3a4a5a6a7a800000001")]
    [TestCase(4, 0, "0003000011223344a5a6a7a800000001")]
    [TestCase(0, 8, "000300001122334400000001")]
    public void The_size_of_the_receive_cookie_does_not_matter(int transmit, int receive, string header) => AssertHeaders(
        PseudowireOptions.Create(cookie: 8, counter: true) with { TransmitCookieSize = transmit, ReceiveCookieSize = receive }, header);

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4)]
    [TestCase(255)]
    [TestCase(256)]
    public void Offset_bytes_are_zeros(int offset)
    {
        AssertHeaders(
            PseudowireOptions.Create(cookie: 8, counter: true, offset: offset),
            "0003000011223344a1a2a3a4a5a6a7a800000001" + new string('0', 2 * offset));
    }

    [Test]
    public void The_counter_wraps_from_0x3fffffff_to_0_and_leaves_the_V_and_S_bits_alone()
    {
        using BatchUnderTest frames = new();
        for (int i = 0; i < 3; i++)
            frames.Add(s_frame);
        Encapsulator encapsulator = new(PseudowireOptions.Create(counter: true)) { NextNumber = 0x3fffffff };

        encapsulator.Apply(frames.Batch, 0);

        Assert.That(CountersOf(frames), Is.EqualTo(new[] { "3FFFFFFF", "00000000", "00000001" }));
    }

    [Test]
    public void Rfc3931_sequencing_sets_the_S_bit_begins_with_0_and_wraps_at_24_bits()
    {
        using BatchUnderTest frames = new();
        for (int i = 0; i < 3; i++)
            frames.Add(s_frame);
        Encapsulator encapsulator = new(s_sequenced);
        encapsulator.Apply(frames.Batch, 0);
        Assert.That(CountersOf(frames), Is.EqualTo(new[] { "40000000", "40000001", "40000002" }));

        encapsulator.NextNumber = 0xff_ffff;
        frames.Take();
        frames.Add(s_frame);
        frames.Add(s_frame);
        encapsulator.Apply(frames.Batch, 0);
        Assert.That(CountersOf(frames), Is.EqualTo(new[] { "40FFFFFF", "40000000" }));
    }

    [Test]
    public unsafe void The_next_number_is_kept_before_a_batch_goes_out_and_survives_a_restart()
    {
        uint kept = 0;
        using BatchUnderTest frames = new();
        Encapsulator encapsulator = new(s_sequenced, &kept);
        frames.Add(s_frame);
        frames.Batch.Drop(frames.Add(s_frame), FrameVerdict.RuntFrame);
        frames.Add(s_frame);
        encapsulator.Apply(frames.Batch, 0);
        Assert.That(kept, Is.EqualTo(2));

        frames.Take();
        frames.Add(s_frame);
        new Encapsulator(s_sequenced, &kept).Apply(frames.Batch, 0);
        Assert.That(CountersOf(frames), Is.EqualTo(new[] { "40000002" }));
        Assert.That(kept, Is.EqualTo(3));
    }

    [Test]
    public unsafe void Of_what_was_kept_only_24_bits_count()
    {
        uint kept = 0xabff_ffff;
        using BatchUnderTest frames = new();
        frames.Add(s_frame);
        new Encapsulator(s_sequenced, &kept).Apply(frames.Batch, 0);
        Assert.That(CountersOf(frames), Is.EqualTo(new[] { "40FFFFFF" }));
        Assert.That(kept, Is.Zero);
    }

    [TestCase(true, true, "00000000", TestName = "pincounter wins over x-seq")]
    [TestCase(false, false, "00000001", TestName = "a plain counter is not kept")]
    public unsafe void What_is_not_sequenced_leaves_the_kept_number_alone(bool sequenced, bool pin, string word)
    {
        uint kept = 77;
        using BatchUnderTest frames = new();
        frames.Add(s_frame);
        new Encapsulator(s_sequenced with { Rfc3931Sequencing = sequenced, PinCounter = pin }, &kept).Apply(frames.Batch, 0);
        Assert.That(CountersOf(frames), Is.EqualTo(new[] { word }));
        Assert.That(kept, Is.EqualTo(77));
    }

    [Test]
    public void The_counter_goes_on_in_the_next_batch_and_skips_nothing_for_dropped_frames()
    {
        using BatchUnderTest frames = new();
        Encapsulator encapsulator = new(PseudowireOptions.Create(counter: true));

        frames.Add(s_frame);
        frames.Batch.Drop(frames.Add(s_frame), FrameVerdict.RuntFrame);
        frames.Add(new byte[65500]);
        frames.Add(s_frame);
        encapsulator.Apply(frames.Batch, 0);

        Assert.That(frames.VerdictOf(1), Is.EqualTo(FrameVerdict.RuntFrame));
        Assert.That(frames.BytesOf(1), Is.EqualTo(s_frame), "a dropped frame is left as it is");
        Assert.That(CountersOf(frames), Is.EqualTo(new[] { "00000001", "00000002" }));

        frames.Take();
        frames.Add(s_frame);
        encapsulator.Apply(frames.Batch, 0);

        Assert.That(CountersOf(frames), Is.EqualTo(new[] { "00000003" }));
    }

    [Test]
    public void Pieces_of_a_frame_are_not_copied()
    {
        using BatchUnderTest frames = new();
        frames.Add([1, 2], [], [3], [4, 5, 6]);

        new Encapsulator(PseudowireOptions.Create()).Apply(frames.Batch, 0);

        Assert.That(Convert.ToHexString(frames.BytesOf(0)), Is.EqualTo("0003000011223344010203040506"));
        Assert.That(frames.Batch[0].FragmentCount, Is.EqualTo(4));
        Assert.That(frames.Batch[0].Length, Is.EqualTo(6), "the header does not count as frame");
    }

    [TestCase(true, false, 65507)]
    [TestCase(true, true, 65527)]
    [TestCase(false, false, 65515)]
    [TestCase(false, true, 65535)]
    public void N_8_a_frame_that_no_IP_packet_can_carry_is_FrameTooLong(bool udp, bool ipv6, int longest)
    {
        using BatchUnderTest frames = new();
        L2tpv3Options options = PseudowireOptions.Create(udp, ipv6, cookie: 8, counter: true, offset: 256);
        int header = (udp ? 20 : 16) + 256;
        frames.Add(new byte[longest - header]);
        frames.Add(new byte[longest - header + 1]);
        frames.Add(new byte[1000], new byte[longest - header - 1000 + 1]);

        new Encapsulator(options).Apply(frames.Batch, 0);

        Assert.That(frames.BytesOf(0), Has.Length.EqualTo(longest));
        Assert.That(frames.VerdictOf(0), Is.EqualTo(FrameVerdict.Accept));
        Assert.That(frames.VerdictOf(1), Is.EqualTo(FrameVerdict.FrameTooLong));
        Assert.That(frames.VerdictOf(2), Is.EqualTo(FrameVerdict.FrameTooLong));
        Assert.That(frames.Counters.Dropped(FrameVerdict.FrameTooLong), Is.EqualTo(2));
    }

    private static void AssertHeaders(L2tpv3Options options, params string[] headers)
    {
        using BatchUnderTest frames = new();
        foreach (string _ in headers)
            frames.Add(s_frame);

        new Encapsulator(options).Apply(frames.Batch, 0);

        for (int i = 0; i < headers.Length; i++)
        {
            Assert.That(Convert.ToHexString(frames.BytesOf(i)), Is.EqualTo(headers[i].ToUpperInvariant() + "F0F1F2F3"));
            Assert.That(frames.VerdictOf(i), Is.EqualTo(FrameVerdict.Accept));
        }
    }

    private static string[] CountersOf(BatchUnderTest frames) =>
        [.. Enumerable.Range(0, frames.Batch.Count)
            .Where(i => frames.VerdictOf(i) == FrameVerdict.Accept)
            .Select(i => Convert.ToHexString(frames.BytesOf(i)[8..12]))];

    private static L2tpv3Options Parse(string words)
    {
        L2tpv3Options options = PseudowireOptions.Create(udp: false);
        foreach (string word in words.Split(' '))
        {
            string value = word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..];
            options = word.Split('=')[0] switch
            {
                "udp" => options with { Udp = true },
                "cookie64" => options with { TransmitCookieSize = 8 },
                "txcookie" => options with { TransmitCookieSize = Math.Max(options.TransmitCookieSize, 4), TransmitCookie = Convert.ToUInt64(value, 16) },
                "counter" => options with { Counter = true },
                "pincounter" => options with { PinCounter = true },
                "offset" => options with { Offset = Convert.ToInt32(value, 10) },
                _ => throw new ArgumentException(word),
            };
        }

        return options;
    }
}
