namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>A word as a command gets it.</summary>
/// <param name="Text">Without quotes; what cannot be expanded stands there as it was written.</param>
/// <param name="Unknown">Why it cannot be expanded, as a phrase; null when all of it is known.</param>
internal readonly record struct Word(string Text, string? Unknown = null)
{
    public bool IsKnown => Unknown is null;

    public override string ToString() => Text;
}
