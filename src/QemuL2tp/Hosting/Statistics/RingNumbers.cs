using System.Globalization;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Guest.VhostUser.Ring;
using static QemuL2tp.Hosting.Statistics.NumberRows;

namespace QemuL2tp.Hosting.Statistics;

/// <summary>The virtio-net card of a vhost-user front end.</summary>
internal static class RingNumbers
{
    private const string Driver = "the guest's driver is at fault: update it, or look for memory corruption in the guest";

    public static NumberGroup Card { get; } = new NumberGroup<VhostUserPort>(
        "vhost-user",
        "the virtio-net card as QEMU has set it up (vhost-user only)",
        pseudowire => pseudowire.Guest is VhostUserPort port ? [port] : [],
        Gauge<VhostUserPort>("queue-pairs", NumberUnit.QueuePairs, p => p.Features == 0 ? null : p.QueuePairs, "queue pairs in use", "for more, queues=N in QEMU, and enable them in the guest (ethtool -L)", headline: "queue pairs {0}"),
        Text<VhostUserPort>("features", p => p.Features == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"0x{p.Features:x}"), "virtio features that the guest's driver and QEMU have acknowledged", headline: "features {0}"),
        Gauge<VhostUserPort>("mtu", NumberUnit.Bytes, p => p.Mtu == 0 ? null : p.Mtu, "MTU that QEMU has set (host_mtu)", "longer frames are dropped as AboveMtu", textName: "MTU"),
        Counter<VhostUserPort>("super-frames-cut", NumberUnit.Frames, p => p.SuperFramesCut, "super-frames from the guest (TSO, USO) that were cut into segments"),
        Counter<VhostUserPort>("super-frames-made", NumberUnit.Frames, p => p.SuperFramesMade, "super-frames for the guest that were put together from segments"),
        Counter<VhostUserPort>("rings-broken", NumberUnit.Times, p => p.RingsBroken, "rings stopped because the guest broke their rules", "the log and the ring's fault say which rule"))
    {
        TextName = "vhost-user",
    };

    public static NumberGroup Rings { get; } = new NumberGroup<RingStatus>(
        "rings",
        "each ring that QEMU has set up (vhost-user only)",
        pseudowire => pseudowire.Guest is VhostUserPort port ? port.Rings : [],
        Label<RingStatus>("ring", r => r.Index, "its number: even ones receive, odd ones transmit", "{0}"),
        State<RingStatus>(
            "direction",
            r => r.IsReceive ? "receive" : "transmit",
            "which way its frames go, as the guest sees it",
            [new("receive", "frames to the guest"), new("transmit", "frames from the guest")],
            headline: "{0}"),
        State<RingStatus>(
            "state",
            r => r.State.ToString().ToLowerInvariant(),
            "whether it is used",
            [
                new("stopped", "the guest's driver has not started it, or has stopped it", "load the driver and set the guest's interface up"),
                new("disabled", "started but not enabled: no queue in use, or the guest is just starting", "ethtool -L in the guest enables queues"),
                new("running", "started and enabled"),
                new("broken", "the driver broke the rules; it is left alone until it is started again", "its fault says which rule; reload the driver or reset the guest"),
            ],
            headline: "{0}"),
        Gauge<RingStatus>("size", NumberUnit.Entries, r => r.Size, "entries", "rx_queue_size and tx_queue_size in QEMU", headline: "size {0}"),
        State<RingStatus>(
            "format",
            r => r.IsPacked ? "packed" : "split",
            "layout in memory",
            [new("split", "virtio 1.3, 2.7"), new("packed", "virtio 1.3, 2.8: packed=on in QEMU")],
            headline: "{0}"),
        Counter<RingStatus>("kicks", NumberUnit.Times, r => (long)r.Kicks, "how often the driver notified us since the ring was started", headline: "kicks {0}"),
        State<RingStatus>(
            "fault",
            r => r.Fault == RingFault.None ? null : r.Fault.ToString(),
            "which rule was broken",
            [
                new(nameof(RingFault.AvailableIndexTooFar), "the available index is ahead by more than the ring's size", Driver),
                new(nameof(RingFault.HeadOutOfRange), "a chain begins beyond the ring's size", Driver),
                new(nameof(RingFault.NextOutOfRange), "a descriptor's next field points beyond its table", Driver),
                new(nameof(RingFault.ChainTooLong), "a chain is a loop, or has more than 2^32 bytes", Driver),
                new(nameof(RingFault.NestedIndirect), "an indirect table inside an indirect table", Driver),
                new(nameof(RingFault.UnexpectedIndirect), "an indirect table together with NEXT, or without the feature", Driver),
                new(nameof(RingFault.BadIndirectLength), "an indirect table that is empty, too long, or not a multiple of 16 bytes", Driver),
                new(nameof(RingFault.BadAddress), "an address outside the guest's memory", "QEMU has taken away memory that the ring was in, or the guest's driver is at fault"),
                new(nameof(RingFault.WrongDirection), "a writable buffer on a transmit ring, or a readable one on a receive ring", Driver),
                new(nameof(RingFault.BufferTooSmall), "a receive buffer smaller than the virtio-net header", Driver),
                new(nameof(RingFault.ReadOnlyMemory), "a place to write to is in memory that may only be read", "share the guest's memory for writing (share=on)"),
                new(nameof(RingFault.BaseOutOfRange), "QEMU said a first entry beyond the available index or the ring's size", "the front end is at fault: update QEMU"),
            ]))
    {
        IsList = true,
        TextName = "ring",
    };
}
