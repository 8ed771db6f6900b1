namespace QemuL2tp.Hosting.Statistics;

/// <summary>
/// Every number of a pseudowire, declared once. To add one: a row in its group. Text, QMP, manual page, help and
/// qemu-scripts/guide/numbers.md follow.
/// </summary>
internal static class NumberTable
{
    /// <summary>In the order of the text.</summary>
    public static IReadOnlyList<NumberGroup> Groups { get; } =
    [
        DirectionNumbers.GuestToTunnel,
        DirectionNumbers.TunnelToGuest,
        TunnelNumbers.Tunnel,
        CounterNumbers.Received,
        TunnelNumbers.Network,
        TunnelNumbers.Segmentation,
        TunnelNumbers.Coalescing,
        GuestNumbers.Pseudowire,
        GuestNumbers.Connection,
        GuestNumbers.Datagrams,
        RingNumbers.Card,
        RingNumbers.Rings,
    ];
}
