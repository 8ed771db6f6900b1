using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>The requests about guest memory. Rings that run go on with what is there afterwards.</summary>
internal sealed class MemoryRequests(VhostUserDevice device)
{
    /// <summary>Eight bytes in front of the region, or of the first one.</summary>
    private const int RegionOffset = 8;

    public Outcome SetTable(Message message)
    {
        uint count = message.UInt32(0);
        int length = message.Payload.Length - RegionOffset;
        if (count > RequestRule.MaxTableRegions || length != count * MemoryRegion.Length)
            return Outcome.Broken($"{count} regions in {length} bytes, expected {MemoryRegion.Length} for each and {RequestRule.MaxTableRegions} regions at most");
        if (message.Descriptors.Count != count)
            return Outcome.Broken($"{count} regions with {message.Descriptors.Count} descriptors, expected one for each");

        BeforeChange();
        device.Memory.Clear();
        string? refusal = null;
        for (int i = 0; i < count && refusal is null; i++)
        {
            MemoryRegion region = RegionAt(message, i);
            if (device.Memory.Add(region, message.Descriptors.Take()) is { } reason)
                refusal = $"{region}: {reason}";
        }

        if (refusal is not null)
            device.Memory.Clear();
        AfterChange();
        return Outcome.From(refusal);
    }

    public Outcome Add(Message message)
    {
        BeforeChange();
        string? refusal = device.Memory.Add(RegionAt(message, 0), message.Descriptors.Take());
        AfterChange();
        return Outcome.From(refusal);
    }

    /// <summary>A region that is not there is removed already: QEMU 7.2 repeats itself for each queue pair.</summary>
    public Outcome Remove(Message message)
    {
        BeforeChange();
        _ = device.Memory.Remove(RegionAt(message, 0));
        AfterChange();
        return Outcome.Done;
    }

    private static MemoryRegion RegionAt(Message message, int index) =>
        MemoryRegion.Read(message.Payload[(RegionOffset + (index * MemoryRegion.Length))..]);

    private void BeforeChange()
    {
        foreach (Vring ring in device.Rings)
            ring.BeforeMemoryChange();
    }

    private void AfterChange()
    {
        foreach (Vring ring in device.Rings)
        {
            ring.AfterMemoryChange();
            // A ring whose memory is still to come starts with a later message.
            _ = ring.TryStart(device.Features);
        }
    }
}
