using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>
/// One random stream to a guest with offloads and to one without: what the first is given, cut again by somebody else, is what the second is given.
/// </summary>
internal sealed class OffloadsDifferentialTests
{
    private const int Rounds = 40;
    private const byte DataValid = 2;
    private const byte NeedsChecksum = 1;

    [Test]
    public void What_was_put_together_is_what_came([Range(1, 6)] int seed, [Values] bool isPacked)
    {
        RingKind ring = new(256, HasEventIndex: seed % 2 == 0, HasIndirect: true, IsPacked: isPacked, HeaderLength: seed == 3 && !isPacked ? 10 : 12);
        using VhostUserLink with = new VhostUserLink(ring, offloads: Features.OffloadsToGuest).Start();
        using VhostUserLink without = new VhostUserLink(ring, offloadsToGuest: false).Start();
        RandomStream stream = new(seed);
        int superFrames = 0, verified = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[][] frames = stream.Next();
            List<byte[]> plain = [.. Deliver(without, frames).Select(each => each.Frame)];
            List<byte[]> cut = [];
            foreach ((byte[] bytes, byte[] frame) in Deliver(with, frames))
            {
                OffloadHeader header = OffloadHeader.Read(bytes);
                superFrames += header.Flags == NeedsChecksum ? 1 : 0;
                verified += header.Flags == DataValid ? 1 : 0;
                if (header.Flags == DataValid)
                    Assert.That(stream.HasWrongChecksum(frame), Is.False, "a checksum that is wrong");
                cut.AddRange(header.Flags == NeedsChecksum ? NaiveSegmenter.Cut(frame, header) : [frame]);
            }

            Assert.That(plain, Is.EqualTo(frames), "without offloads");
            AssertIsSameStream(stream, cut, plain);
        }

        Assert.That(superFrames, Is.GreaterThan(Rounds), "super-frames");
        Assert.That(verified, Is.GreaterThan(Rounds), "frames of ordinary size with a right checksum");
        Assert.That(with.Link.Link.TunnelToGuest.DroppedInAll, Is.Zero);
        Assert.That(with.Link.Link.TunnelToGuest.BytesOut, Is.EqualTo(without.Link.Link.TunnelToGuest.BytesOut));
    }

    /// <summary>Each flow in its order, and nothing across a frame that is of no flow.</summary>
    private static void AssertIsSameStream(RandomStream stream, List<byte[]> actual, List<byte[]> expected)
    {
        foreach (int flow in Enumerable.Range(0, RandomStream.Flows))
            Assert.That(Of(actual, flow), Is.EqualTo(Of(expected, flow)), $"flow {flow}");
        Assert.That(Between(actual), Is.EqualTo(Between(expected)), "between frames of no flow");

        IEnumerable<byte[]> Of(List<byte[]> frames, int flow) => frames.Where(frame => stream.FlowOf(frame) == flow);

        List<string> Between(List<byte[]> frames)
        {
            List<string> parts = [""];
            foreach (byte[] frame in frames)
            {
                int flow = stream.FlowOf(frame);
                if (flow == RandomStream.NoFlow)
                    parts.AddRange([Convert.ToHexString(frame), ""]);
                else
                    parts[^1] = string.Concat((parts[^1] + (char)('a' + flow)).Order());
            }

            return parts;
        }
    }

    private static List<(byte[] Header, byte[] Frame)> Deliver(VhostUserLink link, byte[][] frames)
    {
        bool isMergeable = link.Ring.HeaderLength == 12;
        while (link.Receive.FreeSlots > 0)
        {
            if (isMergeable)
                link.Receive.AddReceive(1536);
            else
                link.Receive.AddReceive(10, 65550);
        }

        link.Receive.Kick();
        link.SendFromPeer(frames);
        return link.Receive.TakeFramesWithHeaders();
    }

    /// <summary>Some flows that send in bursts, with whatever may happen to them on the way.</summary>
    private sealed class RandomStream
    {
        public const int Flows = 6;
        public const int NoFlow = -1;

        private readonly FastRandom _random;
        private readonly FrameSpec[] _next;
        private readonly int[] _sizes;
        private readonly Dictionary<string, int> _flowOf = [];
        private readonly HashSet<string> _wrong = [];

        public RandomStream(int seed)
        {
            _random = new FastRandom((ulong)seed);
            byte[] timestamp = [1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4];
            _next = [.. Enumerable.Range(0, Flows).Select(i => new FrameSpec
            {
                IsUdp = i >= 4,
                IsIPv6 = i % 2 == 1,
                Tags = _random.Chance(30) ? [0x88a8, 0x8100] : _random.Chance(30) ? [0x8100] : [],
                TcpOptions = _random.Chance(50) ? timestamp : [],
                Tos = (byte)_random.Next(256),
                Ttl = (byte)_random.Between(1, 255),
                Identification = (ushort)_random.Between(0xfff0, 0xffff),
                Sequence = uint.MaxValue - (uint)_random.Next(20_000),
                SourcePort = (ushort)(1000 + i),
            })];
            _sizes = [.. Enumerable.Range(0, Flows).Select(_ => _random.Between(1, 1400))];
        }

        /// <summary>The frames of one turn.</summary>
        public byte[][] Next()
        {
            List<byte[]> frames = [];
            int count = _random.Between(1, 60);
            while (frames.Count < count)
            {
                if (_random.Chance(3))
                    frames.Add(Remember(LoopbackLink.Frame(_random.Between(14, 1500), _random.Next(1000)), NoFlow));
                else
                    Burst(frames, _random.Next(Flows), Math.Min(_random.Between(1, 25), count - frames.Count));
            }

            return [.. frames];
        }

        public int FlowOf(byte[] frame) => _flowOf.TryGetValue(Convert.ToHexString(frame), out int flow) ? flow : throw new AssertionException($"nobody sent {Convert.ToHexString(frame)}");

        public bool HasWrongChecksum(byte[] frame) => _wrong.Contains(Convert.ToHexString(frame));

        private void Burst(List<byte[]> frames, int flow, int count)
        {
            for (int i = 0; i < count; i++)
            {
                FrameSpec frame = _next[flow] with { Payload = Payload(_random.Chance(10) ? _random.Between(0, _sizes[flow]) : _sizes[flow]) };
                frame = Changed(frame);
                _next[flow] = frame with
                {
                    Payload = [],
                    Padding = 0,
                    HasNoChecksum = false,
                    TcpFlags = 0x10,
                    ReservedBits = 0,
                    UrgentPointer = 0,
                    Fragment = 0x4000,
                    Sequence = frame.Sequence + (uint)frame.Payload.Length,
                    Identification = (ushort)(frame.Identification + 1),
                };
                byte[] bytes = frame.Build();
                bool isWrong = _random.Chance(4);
                if (isWrong)
                    bytes[_random.Between(frame.TransportOffset + (frame.IsUdp ? 6 : 16), bytes.Length - frame.Padding - 1)] ^= (byte)(1 << _random.Next(8));
                if (_random.Chance(4))
                    continue; // lost
                Remember(bytes, flow);
                if (isWrong || frame.HasNoChecksum)
                    _wrong.Add(Convert.ToHexString(bytes));
                frames.Insert(_random.Chance(5) && frames.Count > 0 && FlowOf(frames[^1]) == flow ? frames.Count - 1 : frames.Count, bytes);
                if (_random.Chance(3))
                    frames.Add(bytes);
            }
        }

        private FrameSpec Changed(FrameSpec frame) => _random.Next(70) switch
        {
            0 => frame with { TcpFlags = (byte)_random.Next(256) },
            1 or 2 => frame with { TcpFlags = 0x18 },
            3 => frame with { Window = (ushort)_random.Next(65536) },
            4 => frame with { Acknowledgement = frame.Acknowledgement + 1 },
            5 => frame with { Tos = (byte)_random.Next(256) },
            6 => frame with { Ttl = (byte)_random.Between(1, 255) },
            7 => frame with { Identification = (ushort)_random.Next(65536) },
            8 => frame with { Padding = _random.Between(1, 20) },
            9 => frame with { HasNoChecksum = frame.IsUdp },
            10 => frame with { FlowLabel = (uint)_random.Next(1 << 20) },
            11 => frame with { ReservedBits = (byte)_random.Next(16) },
            12 => frame with { UrgentPointer = 7 },
            13 => frame with { TagControl = (ushort)_random.Next(65536) },
            14 => frame with { LastMacByte = (byte)_random.Next(256) },
            15 when frame.TcpOptions.Length > 0 => frame with { TcpOptions = [.. frame.TcpOptions[..11], (byte)_random.Next(256)] },
            16 => frame with { Sequence = (uint)_random.Next(int.MaxValue) },
            17 => frame with { Fragment = 0 },
            _ => frame,
        };

        private byte[] Payload(int length)
        {
            byte[] payload = new byte[length];
            for (int i = 0; i < length; i++)
                payload[i] = (byte)_random.Next(256);
            return payload;
        }

        private byte[] Remember(byte[] frame, int flow)
        {
            _flowOf[Convert.ToHexString(frame)] = flow;
            return frame;
        }
    }
}
