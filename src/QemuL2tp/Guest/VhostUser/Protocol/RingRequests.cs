using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>The requests about one ring.</summary>
internal sealed class RingRequests(VhostUserDevice device)
{
    private const ulong NoDescriptor = 1 << 8;
    private const uint LogWrites = 1;

    private bool IsPacked => (device.Features & Features.PackedRing) != 0;

    /// <summary>The ring that a message is about; null, and why, when there is none of that index.</summary>
    public Vring? Find(RequestRule rule, Message message, out string? fault)
    {
        bool isDescriptor = rule.Payload == PayloadForm.RingDescriptor;
        // All bits count, so that no index passes for another.
        ulong index = isDescriptor ? message.UInt64(0) & ~NoDescriptor : message.UInt32(0);
        bool exists = index < (ulong)device.Rings.Count;
        fault = exists ? null : $"ring {index}, expected 0 to {device.Rings.Count - 1}";
        return exists ? device.Rings[(int)index] : null;
    }

    public Outcome SetSize(Vring ring, uint size)
    {
        ring.Renew();
        return ring.SetSize(size, IsPacked)
            ? Start(ring)
            : Outcome.From($"{size} entries, expected {(IsPacked ? "1 to" : "a power of two up to")} {Vring.MaxSize}");
    }

    public Outcome SetBase(Vring ring, uint value)
    {
        ring.Renew();
        ring.SetBase(value);
        return Start(ring);
    }

    public Outcome SetAddresses(Vring ring, Message message)
    {
        bool isLogged = (message.UInt32(4) & LogWrites) != 0;
        string? refusal = ring.SetAddresses(
            desc: message.UInt64(8), used: message.UInt64(16), avail: message.UInt64(24), isLogged: isLogged, log: message.UInt64(32));
        return refusal is null ? Start(ring) : Outcome.From(refusal);
    }

    public Outcome SetKick(Vring ring, Message message) => SetDescriptor(ring, message, ring.SetKick);

    public Outcome SetCall(Vring ring, Message message) => SetDescriptor(ring, message, ring.SetCall);

    public Outcome SetError(Vring ring, Message message) => SetDescriptor(ring, message, ring.SetError);

    public static Outcome SetEnabled(Vring ring, uint value)
    {
        if (value > 1)
            return Outcome.Broken($"value {value}, expected 0 or 1");
        ring.IsEnabled = value == 1;
        return Outcome.Done;
    }

    /// <summary>Also for a ring that is stopped.</summary>
    public Outcome Stop(Vring ring)
    {
        ulong position = ring.Stop() ?? (IsPacked ? PackedVirtqueue.FirstBase : 0);
        return Outcome.Answered((position << 32) | (uint)ring.Index);
    }

    private Outcome SetDescriptor(Vring ring, Message message, Func<int, string?> set)
    {
        int expected = (message.UInt64(0) & NoDescriptor) != 0 ? 0 : 1;
        if (message.Descriptors.Count != expected)
            return Outcome.Broken($"{message.Descriptors.Count} descriptors, expected {expected}");
        string? refusal = set(expected == 0 ? -1 : message.Descriptors.Take());
        return refusal is null ? Start(ring) : Outcome.From(refusal);
    }

    private Outcome Start(Vring ring) => Outcome.From(ring.TryStart(device.Features));
}
