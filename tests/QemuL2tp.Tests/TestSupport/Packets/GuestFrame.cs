using QemuL2tp.Packets;

namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary>What is done with a frame from the guest, as a guest port does it: read, checked, and cut or completed.</summary>
internal static unsafe class GuestFrame
{
    /// <summary>Cuts a super-frame.</summary>
    /// <param name="frame">Its bytes.</param>
    /// <param name="offload">What its header says.</param>
    /// <param name="segments">The frames made of it, complete.</param>
    /// <param name="cuts">Where its fragments end.</param>
    public static PacketFault Segment(byte[] frame, PacketOffload offload, out byte[][] segments, params int[] cuts)
    {
        segments = [];
        using FragmentedFrame fragments = new(frame, cuts);
        byte* template = stackalloc byte[PacketHeaders.MaxLength];
        PacketFault fault = Parse(fragments, template, out PacketHeaders headers);
        if (fault != PacketFault.None)
            return fault;
        fault = Segmenter.Plan(headers, offload, frame.Length, maxSegments: 1024, out SegmentPlan plan);
        if (fault != PacketFault.None)
            return fault;

        FragmentReader payload = fragments.Reader;
        payload.Skip(headers.Length);
        int stride = plan.HeaderLength + 5;
        byte[] arena = new byte[plan.Count * stride];
        fixed (byte* at = arena)
            Segmenter.WriteHeaders(template, headers, plan, payload, at, stride);
        segments = new byte[plan.Count][];
        for (int i = 0; i < plan.Count; i++)
        {
            segments[i] = new byte[plan.HeaderLength + plan.PayloadOf(i)];
            arena.AsSpan(i * stride, plan.HeaderLength).CopyTo(segments[i]);
            fixed (byte* at = segments[i])
                Assert.That(payload.CopyTo(at + plan.HeaderLength, plan.PayloadOf(i)), Is.EqualTo(plan.PayloadOf(i)));
        }

        return fault;
    }

    /// <summary>Completes the checksum of a frame.</summary>
    /// <param name="frame">Its bytes, into which the checksum goes.</param>
    /// <param name="offload">What its header says.</param>
    /// <param name="cuts">Where its fragments end.</param>
    public static PacketFault Complete(byte[] frame, PacketOffload offload, params int[] cuts)
    {
        using FragmentedFrame fragments = new(frame, cuts);
        byte* start = stackalloc byte[PacketHeaders.MaxLength];
        PacketFault parsed = Parse(fragments, start, out PacketHeaders headers);
        PacketFault fault = ChecksumCompletion.Compute(parsed, headers, offload, fragments.Reader, frame.Length, out int at, out ushort checksum);
        if (fault == PacketFault.None)
            (frame[at], frame[at + 1]) = ((byte)(checksum >> 8), (byte)checksum);
        return fault;
    }

    /// <summary>What a driver says of a super-frame.</summary>
    public static PacketOffload OffloadOf(FrameSpec frame, int size, bool isAccurateEcn = false) => new()
    {
        NeedsChecksum = true,
        IsAccurateEcn = isAccurateEcn,
        Type = frame.IsUdp ? GsoType.Udp : frame.IsIPv6 ? GsoType.Tcp6 : GsoType.Tcp4,
        SegmentSize = (ushort)size,
        ChecksumStart = (ushort)frame.TransportOffset,
        ChecksumOffset = (ushort)frame.ChecksumOffset,
    };

    /// <summary>What a driver says of a frame of ordinary size.</summary>
    public static PacketOffload ChecksumOf(FrameSpec frame) => OffloadOf(frame, 0) with { Type = GsoType.None };

    private static PacketFault Parse(FragmentedFrame fragments, byte* start, out PacketHeaders headers)
    {
        FragmentReader reader = fragments.Reader;
        int copied = reader.CopyTo(start, Math.Min(fragments.Length, PacketHeaders.MaxLength));
        return PacketHeaders.Parse(new ReadOnlySpan<byte>(start, copied), fragments.Length, out headers);
    }
}
