namespace QemuL2tp.Integration.Peers;

/// <summary>A NIC with its own kind of virtqueues, on a wire of its own.</summary>
/// <param name="Number">Of the wire.</param>
/// <param name="Name">For the case.</param>
/// <param name="Device">Properties of the device, each with a comma in front.</param>
/// <param name="With">Feature bits that the guest must have acknowledged.</param>
/// <param name="Without">Feature bits that it must not have.</param>
internal sealed record RingForm(int Number, string Name, string Device, int[] With, int[] Without)
{
    private const int Mtu = 3, MergeableBuffers = 15, MultiQueue = 22, Indirect = 28, EventIndex = 29, Version1 = 32, Packed = 34;

    public static readonly IReadOnlyList<RingForm> All =
    [
        new(131, "split", "", [MergeableBuffers, Indirect, EventIndex, Version1], [Packed]),
        new(132, "packed", ",packed=on", [Packed, EventIndex, Indirect], []),
        new(133, "no_mergeable_buffers", ",mrg_rxbuf=off", [], [MergeableBuffers]),
        new(134, "no_event_index", ",event_idx=off", [], [EventIndex]),
        new(135, "no_indirect_descriptors", ",indirect_desc=off", [], [Indirect]),
        new(136, "queues_of_256_and_1024", ",rx_queue_size=256,tx_queue_size=1024", [], []),
        new(137, "queues_of_1024_and_256", ",rx_queue_size=1024,tx_queue_size=256", [], []),
        new(138, "packed_and_all_else_off", ",packed=on,mrg_rxbuf=off,event_idx=off,indirect_desc=off,rx_queue_size=1024,tx_queue_size=1024", [Packed], [MergeableBuffers, EventIndex, Indirect]),
        new(139, "legacy", ",disable-modern=on,disable-legacy=off", [MergeableBuffers], [Version1]),
        new(140, "legacy_no_mergeable_buffers", ",disable-modern=on,disable-legacy=off,mrg_rxbuf=off", [], [Version1, MergeableBuffers]),
        new(141, "mtu_9000", "", [MergeableBuffers], []) { InnerMtu = 9000 },
        new(142, "mtu_9000_packed", ",packed=on", [MergeableBuffers, Packed], []) { InnerMtu = 9000 },
        new(143, "host_mtu_1400", ",host_mtu=1400", [Mtu], []) { InnerMtu = 1400 },
        new(144, "four_queue_pairs", ",mq=on", [MultiQueue], []) { QueuePairs = 4 },
        new(145, "four_queue_pairs_packed", ",mq=on,packed=on", [MultiQueue, Packed], []) { QueuePairs = 4 },
    ];

    /// <summary>Linux does not know the feature yet, so it only shows that the offer does no harm.</summary>
    public static readonly RingForm InOrder = new(146, "in_order", ",in_order=on", [], []);

    public int QueuePairs { get; init; } = 1;

    public int InnerMtu { get; init; } = 1500;

    public Wire Wire => VhostUserWires.Of(Number) with { Mtu = InnerMtu };
}
