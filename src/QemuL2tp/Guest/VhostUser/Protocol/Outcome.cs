namespace QemuL2tp.Guest.VhostUser.Protocol;

internal enum OutcomeKind
{
    /// <summary>Done; acknowledged if that was asked for.</summary>
    Done,

    /// <summary>Done, and <see cref="Outcome.Value"/> is the answer.</summary>
    Answered,

    /// <summary>Well-formed, but it cannot be granted.</summary>
    Refused,

    /// <summary>The front end broke the protocol.</summary>
    Broken,
}

/// <summary>What came of a message.</summary>
/// <param name="Reason">Why it was refused, or what was broken and expected.</param>
internal readonly record struct Outcome(OutcomeKind Kind, ulong Value, string? Reason)
{
    public static readonly Outcome Done = new(OutcomeKind.Done, 0, null);

    public static Outcome Answered(ulong value) => new(OutcomeKind.Answered, value, null);

    public static Outcome Broken(string reason) => new(OutcomeKind.Broken, 0, reason);

    /// <summary>Refused when there is a reason, else done.</summary>
    public static Outcome From(string? refusal) => refusal is null ? Done : new(OutcomeKind.Refused, 0, refusal);
}
