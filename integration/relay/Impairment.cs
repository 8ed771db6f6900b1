namespace QemuL2tp.Integration.Relay;

/// <summary>What a path does to packets. Probabilities are from 0 to 1; the default does nothing.</summary>
internal sealed record Impairment
{
    public static Impairment None { get; } = new();

    /// <summary>Probability that a packet disappears.</summary>
    public double Loss { get; init; }

    /// <summary>Probability that a packet leaves twice. The copy may be moved and delayed on its own.</summary>
    public double Duplication { get; init; }

    /// <summary>Probability that one bit of a packet is inverted; in both, when there is a copy.</summary>
    public double Corruption { get; init; }

    /// <summary>Probability that a packet is moved: it waits for some of the packets that follow and leaves behind them.</summary>
    public double Reordering { get; init; }

    /// <summary>A moved packet leaves behind one of the next so many, all equally probable.</summary>
    public int MaximumShift { get; init; } = 16;

    /// <summary>A moved packet leaves after this time even if fewer have followed; null: it waits for them.</summary>
    public TimeSpan? ShiftTime { get; init; }

    /// <summary>Time that every packet takes.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Up to so much is added to <see cref="Delay"/>, for each packet by itself, so that packets overtake each other.</summary>
    public TimeSpan Jitter { get; init; }
}
