namespace QemuL2tp.L2tpv3;

/// <summary>What the received counters told about the path. Written by the thread that owns the direction, read by any.</summary>
/// <remarks>
/// Each packet is counted once, a held one when it is let go:
/// <c>Packets = InOrder + Reordered + Late + LateDropped + Duplicate + Pinned + Unplaced + Vccv</c>. <see cref="Lost"/>,
/// <see cref="Jumps"/> and <see cref="Restarted"/> are conclusions, not packets. Numbers wrap at 2^24 or 2^32, and this
/// program's own at 2^30, unnoticed. "With the window" means <c>x-reorder-window</c> above 0.
/// </remarks>
public sealed class CounterStatistics
{
    internal CounterStatistics()
    {
    }

    /// <summary>Format of the newest word that was recognised.</summary>
    public CounterMode Mode { get; internal set; }

    /// <summary>The word that carries the number expected next, while numbers are followed; 0 before the first.</summary>
    internal uint Expected { get; set; }

    /// <summary>Packets with the right session and cookie from the right peer that are not held, also those without a frame.</summary>
    public long Packets => InOrder + Reordered + Late + LateDropped + Duplicate + Pinned + Unplaced + Vccv;

    /// <summary>
    /// Went on at once, ahead of every number before: the expected one, one after a gap that is not waited for, or the
    /// first after a start, a jump or a restart.
    /// </summary>
    public long InOrder { get; internal set; }

    /// <summary>Held back for numbers before them, and delivered in order. 0 without the window.</summary>
    public long Reordered { get; internal set; }

    /// <summary>A number that had been skipped, among the last 1024; delivered.</summary>
    public long Late { get; internal set; }

    /// <summary>The same, up to the window behind, and dropped because of <c>x-reorder-late=drop</c>.</summary>
    public long LateDropped { get; internal set; }

    /// <summary>
    /// A number that had arrived before, among the last 1024; with the window also with the same frame. Dropped with the
    /// window, delivered without.
    /// </summary>
    public long Duplicate { get; internal set; }

    /// <summary>A word without a number: 0 or the same as before, S bit clear. Delivered at once.</summary>
    public long Pinned { get; internal set; }

    /// <summary>
    /// A word whose place is not known, delivered at once: more than 1024 behind, from before the first number, of no
    /// format recognised so far, or with the window a known number with another frame. The first packets of a restarted
    /// peer are here or, without the window, in <see cref="Duplicate"/>.
    /// </summary>
    public long Unplaced { get; internal set; }

    /// <summary>Control packets with the V bit (RFC 5085), dropped.</summary>
    public long Vccv { get; internal set; }

    /// <summary>
    /// Numbers skipped so far, minus those of them that arrived late. With the window, a number is skipped when it is
    /// no longer waited for. A restart or a jump by more than 65536 skips none.
    /// </summary>
    public long Lost { get; internal set; }

    /// <summary>How often a number was further ahead than the window; without the window, than 65536.</summary>
    public long Jumps { get; internal set; }

    /// <summary>
    /// How often the numbers began anew elsewhere: the very first number of the format after a second of silence,
    /// <c>x-restart-run</c> numbers in sequence that are far behind or came with other frames, or two plain ones in
    /// sequence more than 65536 away.
    /// </summary>
    public long Restarted { get; internal set; }
}
