using QemuL2tp.Packets;

namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary>What the guest gets of a batch.</summary>
/// <param name="Frame">Its bytes.</param>
/// <param name="Offload">What its header says; of a frame as it came, nothing.</param>
/// <param name="IsVerified">DATA_VALID.</param>
/// <param name="Sources">Which frames of the batch it is made of.</param>
internal sealed record Delivered(byte[] Frame, PacketOffload Offload, bool IsVerified, int[] Sources)
{
    /// <summary>Offers frames in one batch, and delivers what comes of it as a guest port does.</summary>
    public static unsafe Delivered[] Of(Coalescer coalescer, IReadOnlyList<byte[]> frames, params int[] cuts)
    {
        List<Delivered> delivered = [];
        List<FragmentedFrame> memory = [.. frames.Select(frame => new FragmentedFrame(frame, cuts))];
        coalescer.Clear();
        foreach (FragmentedFrame each in memory)
            coalescer.Offer(each.Fragments, each.Count, each.Length);
        Assert.That(coalescer.Count, Is.EqualTo(frames.Count));
        for (int i = 0; i < frames.Count; i++)
        {
            CoalescedFrame frame = coalescer[i];
            if (frame.Delivery == Delivery.SuperFrame)
                delivered.Add(SuperFrame(coalescer, frames, i));
            else if (frame.Delivery != Delivery.Follower)
                delivered.Add(new Delivered(frames[i], default, frame.Delivery == Delivery.Verified, [i]));
        }

        memory.ForEach(each => each.Dispose());
        Assert.That(delivered.SelectMany(each => each.Sources).Order(), Is.EqualTo(Enumerable.Range(0, frames.Count)), "each frame once");
        return [.. delivered];
    }

    private static unsafe Delivered SuperFrame(Coalescer coalescer, IReadOnlyList<byte[]> frames, int index)
    {
        CoalescedFrame first = coalescer[index];
        byte[] header = new byte[first.HeaderLength];
        PacketOffload offload;
        fixed (byte* at = header)
            offload = coalescer.WriteHeader(index, at);
        List<int> sources = [];
        List<byte> bytes = [.. header];
        for (int i = index; i != CoalescedFrame.None; i = coalescer[i].Next)
        {
            sources.Add(i);
            bytes.AddRange(frames[i][coalescer[i].HeaderLength..]);
        }

        Assert.That(sources, Has.Count.EqualTo(first.Count));
        Assert.That(bytes, Has.Count.EqualTo(first.HeaderLength + first.PayloadLength));
        return new Delivered([.. bytes], offload, false, [.. sources]);
    }
}
