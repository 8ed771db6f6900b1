using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Packets;

/// <summary>Several flows at once: each keeps its order, whatever comes between.</summary>
internal sealed class CoalescerFlowTests
{
    private const GsoTypes All = GsoTypes.Tcp4 | GsoTypes.Tcp6 | GsoTypes.Udp4 | GsoTypes.Udp6;

    private readonly Coalescer _coalescer = new(capacity: 1024) { Types = All };

    /// <summary>Super-frames of any shape that can be merged, whose header and payload say where they come from.</summary>
    private static readonly Gen<(FrameSpec Frame, int Size)> s_superFrames =
        from shape in Gen.Elements(FrameShapes.All.Where(each => each.Frame.IPOptions.Length + each.Frame.Extensions.Length == 0).Select(each => each.Frame).ToArray())
        from size in Gen.Choose(1, 1460)
        from count in Gen.Choose(2, 40)
        from rest in Gen.Choose(0, size - 1)
        from seed in Gen.Choose(0, int.MaxValue)
        from flags in Gen.Elements<byte>(0x10, 0x18)
        select (shape with
        {
            Payload = SegmenterTests.Payload(new FastRandom((ulong)seed), (size * count) - rest),
            TcpFlags = flags,
            Sequence = (uint)seed * 3,
            Identification = (ushort)seed,
        }, size);

    [Test]
    public void Coalescing_what_was_cut_gives_the_super_frame() =>
        Prop.ForAll(s_superFrames.ToArbitrary(), super =>
        {
            Assert.That(GuestFrame.Segment(super.Frame.BuildPartial(), GuestFrame.OffloadOf(super.Frame, super.Size), out byte[][] segments), Is.EqualTo(PacketFault.None));
            Delivered[] delivered = Delivered.Of(_coalescer, segments);
            Assert.That(delivered, Has.Length.EqualTo(1));
            Assert.That(delivered[0].Frame.AsSpan().SequenceEqual(super.Frame.BuildPartial()), Is.True);
            Assert.That(delivered[0].Offload, Is.EqualTo(GuestFrame.OffloadOf(super.Frame, super.Size)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Test]
    public void O_7_cutting_what_was_coalesced_gives_each_flow_as_it_came([Range(1, 60)] int seed)
    {
        FastRandom random = new((ulong)seed);
        byte[][] frames = RandomBatch(random, random.Between(1, 40), random.Between(1, 600));

        Delivered[] delivered = Delivered.Of(_coalescer, frames);

        Dictionary<string, List<string>> sent = [];
        foreach (byte[] frame in frames)
            Add(sent, frame);
        Dictionary<string, List<string>> received = [];
        foreach (Delivered each in delivered)
        {
            byte[][] segments = [each.Frame];
            if (each.Offload.Type != GsoType.None)
                Assert.That(GuestFrame.Segment(each.Frame, each.Offload, out segments), Is.EqualTo(PacketFault.None));
            foreach (byte[] segment in segments)
                Add(received, segment);
        }

        Assert.That(received, Is.EqualTo(sent));
        TestContext.Out.WriteLine($"{frames.Length} frames of {sent.Count} flows in {delivered.Length}");

        // By addresses, protocol and ports; frames that have none are in the way of all.
        static void Add(Dictionary<string, List<string>> flows, byte[] frame)
        {
            string flow = PacketHeaders.Parse(frame, frame.Length, out PacketHeaders headers) != PacketFault.None ? "none"
                : $"{headers.IsIPv6} {headers.Protocol} {Convert.ToHexString(frame, headers.NetworkOffset + (headers.IsIPv6 ? 8 : 12), headers.IsIPv6 ? 32 : 8)} {Convert.ToHexString(frame, headers.TransportOffset, 4)}";
            if (!flows.TryGetValue(flow, out List<string>? list))
                flows[flow] = list = [];
            list.Add(Convert.ToHexString(frame));
        }
    }

    [Test]
    public void O_7_what_has_no_flow_is_overtaken_by_nobody()
    {
        FrameSpec[] segments = new FrameSpec { Payload = new byte[4000] }.Segments(1000);
        byte[] fragment = new FrameSpec { Fragment = 0x2000, Payload = new byte[100] }.Build();
        Delivered[] delivered = Delivered.Of(_coalescer, [segments[0].Build(), segments[1].Build(), fragment, segments[2].Build(), segments[3].Build()]);
        Assert.That(delivered.Select(each => each.Sources), Is.EqualTo(new[] { new[] { 0, 1 }, [2], [3, 4] }));
    }

    [Test]
    public void Interleaved_flows_are_merged_each_on_its_own([Values(2, Coalescer.MaxFlows)] int count)
    {
        Delivered[] delivered = Delivered.Of(_coalescer, Interleaved(count, 10));
        Assert.That(delivered, Has.Length.EqualTo(count));
        Assert.That(delivered.Select(each => each.Sources.Length), Is.All.EqualTo(10));
    }

    [Test]
    public void More_flows_than_are_held_are_delivered_as_they_are()
    {
        Delivered[] delivered = Delivered.Of(_coalescer, Interleaved(Coalescer.MaxFlows + 1, 10));
        Assert.That(delivered, Has.Length.EqualTo((Coalescer.MaxFlows + 1) * 10));
    }

    [Test]
    public void Random_bytes_are_delivered_as_they_are([Range(1, 5)] int seed)
    {
        FastRandom random = new((ulong)seed);
        byte[][] frames = [.. Enumerable.Range(0, 1000).Select(_ => SegmenterTests.Payload(random, random.Next(200)))];
        // Half of them begin as frames do.
        foreach (byte[] frame in frames.Where(each => each.Length > 14 && random.Chance(50)))
            new byte[] { 8, 0, 0x45 }.AsSpan(0, Math.Min(3, frame.Length - 12)).CopyTo(frame.AsSpan(12));
        Delivered[] delivered = Delivered.Of(_coalescer, frames);
        Assert.That(delivered.Select(each => each.Offload.Type), Is.All.EqualTo(GsoType.None));
    }

    private static byte[][] Interleaved(int flows, int segments) =>
    [
        .. Enumerable.Range(0, segments).SelectMany(i => Enumerable.Range(0, flows).Select(flow =>
            (new FrameSpec { SourcePort = (ushort)(1000 + flow), Payload = new byte[segments * 100] }).Segments(100)[i].Build())),
    ];

    /// <summary>Flows that go on, and now and then a frame that is none of theirs or broken in some way.</summary>
    private static byte[][] RandomBatch(FastRandom random, int flows, int count)
    {
        FrameSpec[] next = [.. Enumerable.Range(0, flows).Select(i => FrameShapes.All[random.Next(FrameShapes.All.Count)].Frame with { SourcePort = (ushort)(1000 + i) })];
        List<byte[]> frames = [];
        while (frames.Count < count)
        {
            int flow = random.Next(flows);
            for (int run = random.Between(1, 30); run > 0 && frames.Count < count; run--)
            {
                int length = random.Chance(85) ? 500 : random.Next(600);
                FrameSpec frame = next[flow] with { Payload = SegmenterTests.Payload(random, length), TcpFlags = random.Chance(90) ? (byte)0x10 : (byte)random.Next(256) };
                next[flow] = frame with { Sequence = frame.Sequence + (uint)length, Identification = (ushort)(frame.Identification + 1) };
                if (random.Chance(3))
                    next[flow] = next[flow] with { Sequence = (uint)random.Next(1000), Tos = (byte)random.Next(4), Padding = random.Next(4) };
                byte[] bytes = frame.Build();
                if (random.Chance(4))
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                if (random.Chance(2))
                    bytes = bytes[..random.Next(bytes.Length)];
                frames.Add(bytes);
            }
        }

        return [.. frames];
    }
}
