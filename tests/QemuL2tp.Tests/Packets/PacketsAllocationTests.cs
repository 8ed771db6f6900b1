using System.Runtime.CompilerServices;
using QemuL2tp.Frames;
using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Packets;

internal sealed unsafe class PacketsAllocationTests
{
    private const int Turns = 10_000;

    [Test]
    public void Cutting_and_completing_allocates_nothing([Values] bool isIPv6, [Values] bool isUdp)
    {
        FrameSpec super = new() { IsIPv6 = isIPv6, IsUdp = isUdp, Payload = new byte[20_000] };
        using FragmentedFrame frame = new(super.BuildPartial(), 100, 101, 4000);
        PacketOffload offload = GuestFrame.OffloadOf(super, 1448);
        byte* start = stackalloc byte[PacketHeaders.MaxLength];
        byte* arena = stackalloc byte[32 * PacketHeaders.MaxLength];

        Assert.That(AllocatedBy(Turn), Is.Zero);

        void Turn()
        {
            FragmentReader reader = frame.Reader;
            int copied = reader.CopyTo(start, PacketHeaders.MaxLength);
            PacketFault parsed = PacketHeaders.Parse(new ReadOnlySpan<byte>(start, copied), frame.Length, out PacketHeaders headers);
            PacketFault completed = ChecksumCompletion.Compute(parsed, headers, offload, frame.Reader, frame.Length, out _, out _);
            PacketFault planned = Segmenter.Plan(headers, offload, frame.Length, 32, out SegmentPlan plan);
            if ((parsed | completed | planned) != PacketFault.None)
                throw new InvalidOperationException();
            FragmentReader payload = frame.Reader;
            payload.Skip(headers.Length);
            Segmenter.WriteHeaders(start, headers, plan, payload, arena, PacketHeaders.MaxLength);
        }
    }

    [Test]
    public void Coalescing_allocates_nothing([Values] bool isIPv6)
    {
        Coalescer coalescer = new(capacity: 20) { Types = GsoTypes.Tcp4 | GsoTypes.Tcp6 };
        FragmentedFrame[] frames = [.. new FrameSpec { IsIPv6 = isIPv6, Payload = new byte[20_000] }.Segments(1000).Select(each => new FragmentedFrame(each.Build()))];
        byte* header = stackalloc byte[PacketHeaders.MaxLength];

        Assert.That(AllocatedBy(Turn), Is.Zero);

        Array.ForEach(frames, each => each.Dispose());

        void Turn()
        {
            coalescer.Clear();
            foreach (FragmentedFrame frame in frames)
                coalescer.Offer(frame.Fragments, frame.Count, frame.Length);
            if (coalescer.WriteHeader(0, header).SegmentSize != 1000)
                throw new InvalidOperationException();
        }
    }

    [Test]
    public void A_fragment_of_a_batch_is_one_of_a_packet()
    {
        FrameFragment fragment = new() { Base = (byte*)1, Length = 2 };
        PacketFragment same = *(PacketFragment*)&fragment;
        Assert.That(Unsafe.SizeOf<PacketFragment>(), Is.EqualTo(Unsafe.SizeOf<FrameFragment>()));
        Assert.That(((nuint)same.Base, same.Length), Is.EqualTo(((nuint)1, (nuint)2)));
    }

    private static long AllocatedBy(Action turn)
    {
        for (int i = 0; i < 100; i++)
            turn();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Turns; i++)
            turn();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
