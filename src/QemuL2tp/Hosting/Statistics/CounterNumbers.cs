using QemuL2tp.L2tpv3;
using static QemuL2tp.Hosting.Statistics.NumberRows;

namespace QemuL2tp.Hosting.Statistics;

/// <summary>What the counter field of received packets said.</summary>
internal static class CounterNumbers
{
    public static NumberGroup Received { get; } = new NumberGroup<(CounterStatistics Counter, int Held)>(
        "received-counter",
        "what the counter field of received packets said (only with counter=on)",
        pseudowire => pseudowire.ReceivedNumbers is { } counter ? [(counter, pseudowire.Resequencer?.FramesHeld ?? 0)] : [],
        State<(CounterStatistics Counter, int Held)>(
            "mode",
            s => s.Counter.Mode.ToString(),
            "what the peer puts into the counter field",
            [
                new(nameof(CounterMode.Unknown), "nothing has been recognised yet"),
                new(nameof(CounterMode.Unsequenced), "no numbers: always the same value (pincounter in QEMU; Linux without seq send; VPP)", "to restore order or drop duplicates, let the peer send numbers"),
                new(nameof(CounterMode.Rfc3931), "RFC 3931 sequence numbers: the S bit and 24 bits (Linux with seq send, Cisco with sequencing)"),
                new(nameof(CounterMode.Plain), "plain 32-bit numbers that begin with 1 (QEMU and UML with counter)"),
            ],
            headline: "mode {0}"),
        Number("in-order", NumberUnit.Packets, c => c.InOrder, "packets that arrived in sequence, or ahead after a gap", headline: true),
        Number("reordered", NumberUnit.Packets, c => c.Reordered, "packets held back and delivered in order; 0 without x-reorder-window"),
        Number("late", NumberUnit.Packets, c => c.Late, "packets that arrived after a later one, and were delivered", "the network reorders; x-reorder-window restores the order", headline: true),
        Number("late-dropped", NumberUnit.Packets, c => c.LateDropped, "packets that arrived too late, and were dropped because of x-reorder-late=drop", "raise x-reorder-window or x-reorder-hold"),
        Number("lost", NumberUnit.SequenceNumbers, c => c.Lost, "numbers that never arrived", "look for loss between the peer and here, and at ReceiveBufferFull", headline: true),
        Number("duplicate", NumberUnit.Packets, c => c.Duplicate, "packets whose number had arrived before", "the network duplicates; x-reorder-window drops the copies", headline: true),
        Number("restarted", NumberUnit.Times, c => c.Restarted, "how often the numbers began anew", "the peer was restarted, or two senders use one session", headline: true),
        Number("jumps", NumberUnit.Times, c => c.Jumps, "how often a number was too far ahead to be followed: beyond the window, or by more than 65536 without one", "a long outage, or two senders use one session"),
        Number("pinned", NumberUnit.Packets, c => c.Pinned, "packets without a number: 0, or the same value as before", headline: true),
        Number("unplaced", NumberUnit.Packets, c => c.Unplaced, "packets whose place is unknown, delivered at once", "a few after the peer's restart are normal; many mean two senders in one session", headline: true),
        Number("vccv", NumberUnit.Packets, c => c.Vccv, "VCCV control packets (V bit, RFC 5085), dropped", "switch VCCV off at the peer", textName: "VCCV"),
        Gauge<(CounterStatistics Counter, int Held)>("frames-held", NumberUnit.Frames, s => s.Held, "frames waiting now for earlier ones; 0 without x-reorder-window", textName: "held now"))
    {
        IsAlwaysInText = true,
    };

    private static NumberRow<(CounterStatistics Counter, int Held)> Number(string name, NumberUnit unit, Func<CounterStatistics, long> read, string meaning, string remedy = "", bool headline = false, string? textName = null) =>
        Counter<(CounterStatistics Counter, int Held)>(name, unit, s => read(s.Counter), meaning, remedy, headline ? name.Replace('-', ' ') + " {0}" : null, textName);
}
