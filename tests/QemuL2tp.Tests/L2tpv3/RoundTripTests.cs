using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Frames;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.L2tpv3;

/// <summary>Properties that hold for every combination of options, with <see cref="L2tpPeer"/> as a second opinion.</summary>
public class RoundTripTests
{
    /// <summary>Frames of 1 to 65 000 bytes, short ones preferred, in one to four pieces of which some may be empty.</summary>
    private static readonly Gen<byte[][]> s_pieces =
        from longest in Gen.Elements(4, 60, 1514, 9000, 65000)
        from length in Gen.Choose(1, longest)
        from seed in Gen.Choose(0, int.MaxValue)
        from cuts in Gen.Choose(0, length).ArrayOf(3)
        from pieces in Gen.Choose(1, 4)
        select Cut(Random(length, seed), cuts[..(pieces - 1)]);

    [TestCaseSource(typeof(PseudowireOptions), nameof(PseudowireOptions.Cases))]
    public void Decapsulating_what_was_encapsulated_gives_the_frame(L2tpv3Options options)
    {
        Encapsulator encapsulator = new(options);
        // The far end's options: what one sends the other expects.
        Decapsulator decapsulator = new(options with { ReceiveSession = options.TransmitSession, ReceiveCookie = options.TransmitCookie });
        L2tpPeer peer = PseudowireOptions.PeerOf(options);
        uint sent = 0;

        Prop.ForAll(s_pieces.ToArbitrary(), pieces =>
        {
            byte[] frame = pieces.SelectMany(p => p).ToArray();
            using BatchUnderTest guestToTunnel = new(capacity: 2);
            guestToTunnel.Add(pieces);
            encapsulator.Apply(guestToTunnel.Batch, 0);
            byte[] datagram = guestToTunnel.BytesOf(0);

            sent++;
            Assert.That(peer.Decode(datagram, out uint sequence).AsSpan().SequenceEqual(frame), Is.True, "what the peer reads");
            Assert.That(sequence, Is.EqualTo(options.Counter && !options.PinCounter ? sent : 0));

            using BatchUnderTest tunnelToGuest = new(capacity: 1);
            tunnelToGuest.Add(datagram);
            decapsulator.Apply(tunnelToGuest.Batch, 0);
            Assert.That(tunnelToGuest.VerdictOf(0), Is.EqualTo(FrameVerdict.Accept));
            Assert.That(tunnelToGuest.BytesOf(0).AsSpan().SequenceEqual(frame), Is.True, "what we read");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(12));
    }

    [TestCaseSource(typeof(PseudowireOptions), nameof(PseudowireOptions.Cases))]
    public void Decapsulating_what_the_peer_encoded_gives_the_frame(L2tpv3Options options)
    {
        L2tpPeer peer = PseudowireOptions.PeerOf(options) with { IPv4Header = [] };
        Decapsulator decapsulator = new(options);

        Prop.ForAll(s_pieces.ToArbitrary(), Arb.From(Gen.Choose(0, int.MaxValue)), (pieces, sequence) =>
        {
            byte[] frame = pieces.SelectMany(p => p).ToArray();
            using BatchUnderTest frames = new(capacity: 1);
            frames.Add(peer.Encode(frame, (uint)sequence));
            decapsulator.Apply(frames.Batch, 0);
            Assert.That(frames.VerdictOf(0), Is.EqualTo(FrameVerdict.Accept));
            Assert.That(frames.BytesOf(0).AsSpan().SequenceEqual(frame), Is.True);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(6));
    }

    [Test]
    public void Guest_to_tunnel_in_is_out_plus_drops()
    {
        Prop.ForAll(Gen.Choose(1, 70000).ArrayOf(20).ToArbitrary(), lengths =>
        {
            using BatchUnderTest frames = new();
            foreach (int length in lengths)
                frames.Add(new byte[length]);
            new Encapsulator(PseudowireOptions.Create(counter: true)).Apply(frames.Batch, 0);
            frames.Take();

            int tooLong = lengths.Count(length => length > 65507 - 12);
            Assert.That(frames.Counters.Dropped(FrameVerdict.FrameTooLong), Is.EqualTo(tooLong));
            Assert.That(frames.Counters.DroppedInAll, Is.EqualTo(tooLong));
            Assert.That(frames.Counters.FramesIn, Is.EqualTo(frames.Counters.FramesOut + frames.Counters.DroppedInAll));
        }).Check(Config.QuickThrowOnFailure);
    }

    [TestCaseSource(typeof(PseudowireOptions), nameof(PseudowireOptions.Cases))]
    public void Arbitrary_bytes_are_delivered_or_dropped_and_in_is_out_plus_drops(L2tpv3Options options)
    {
        byte[] valid = (PseudowireOptions.PeerOf(options) with { IPv4Header = [] }).Encode([1, 2, 3, 4, 5, 6], sequence: 7);
        Decapsulator decapsulator = new(options);
        Random random = new(1);
        using BatchUnderTest frames = new();
        for (int round = 0; round < 4; round++)
        {
            while (!frames.Batch.IsFull)
            {
                byte[] packet = random.Next(2) == 0 ? Random(random.Next(350), random.Next()) : [.. valid];
                for (int i = random.Next(4); i > 0 && packet.Length > 0; i--)
                    packet[random.Next(Math.Min(packet.Length, 44))] = (byte)random.Next(256);
                int index = frames.Add(packet[..random.Next(packet.Length + 1)]);
                frames.Batch[index].IsForeign = random.Next(8) == 0;
            }

            decapsulator.Apply(frames.Batch, 0);
            for (int i = 0; i < frames.Batch.Count; i++)
                Assert.That(frames.VerdictOf(i) != FrameVerdict.Accept || frames.Batch[i].Length > 0, Is.True);
            frames.Take();
        }

        Assert.That(frames.Counters.FramesIn, Is.EqualTo(4 * FrameBatch.DefaultCapacity));
        Assert.That(frames.Counters.FramesIn, Is.EqualTo(frames.Counters.FramesOut + frames.Counters.DroppedInAll));
    }

    private static byte[] Random(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[][] Cut(byte[] frame, int[] cuts)
    {
        int[] ends = [0, .. cuts.Order(), frame.Length];
        return [.. ends.Zip(ends.Skip(1), (from, to) => frame[from..to])];
    }
}
