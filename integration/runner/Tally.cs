namespace QemuL2tp.Integration.Runner;

/// <summary>How many cases ended how; its text is the closing line.</summary>
internal sealed class Tally
{
    public int Passed { get; set; }

    public int Failed { get; set; }

    public int Skipped { get; set; }

    /// <summary>Reads <c>PASSED,FAILED,SKIPPED</c>, the counts of what ran before.</summary>
    public static bool TryParse(string text, out Tally tally)
    {
        int[] counts = [.. text.Split(',').Select(part => int.TryParse(part, out int count) ? count : -1)];
        bool good = counts.Length == 3 && counts.All(count => count >= 0);
        tally = good ? new Tally { Passed = counts[0], Failed = counts[1], Skipped = counts[2] } : new Tally();
        return good;
    }

    public static Tally operator +(Tally one, Tally other) => new()
    {
        Passed = one.Passed + other.Passed,
        Failed = one.Failed + other.Failed,
        Skipped = one.Skipped + other.Skipped,
    };

    public override string ToString() => $"{Passed} passed, {Failed} failed, {Skipped} skipped";
}
