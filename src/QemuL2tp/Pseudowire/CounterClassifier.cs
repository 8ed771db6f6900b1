namespace QemuL2tp.Pseudowire;

/// <summary>
/// Tells from the bits of a counter word, and from what came before it, in which of the three formats it is. The three
/// overlap: a plain 32-bit counter passes through every pattern, so one that is being followed is looked for first.
/// </summary>
internal sealed class CounterClassifier
{
    /// <summary>A word at most this far from the expected plain number is that number, late or after a gap.</summary>
    public const int NearDistance = 65536;

    /// <summary>Two words in a row that differ by 1 to this many are two plain numbers.</summary>
    private const uint MaxStep = 64;

    private const uint SequenceBit = 0x4000_0000; // S of RFC 3931, 4.6.
    private const uint FormatMask = 0xff00_0000;

    private bool _hasPrevious;

    /// <summary>The word before the newest; 0 before there are two.</summary>
    public uint Previous { get; private set; }

    private uint Newest { get; set; }

    /// <param name="word">The received word.</param>
    /// <param name="followed">Format of the numbers being followed; <see cref="CounterMode.Unknown"/> before the first.</param>
    /// <param name="expected">The number expected next.</param>
    /// <returns><see cref="CounterMode.Unknown"/> when the word fits nothing so far.</returns>
    public CounterMode Classify(uint word, CounterMode followed, uint expected)
    {
        bool hasPrevious = _hasPrevious;
        (Previous, Newest, _hasPrevious) = (Newest, word, true);

        if (followed == CounterMode.Plain && Math.Abs((long)(int)(word - expected)) <= NearDistance)
            return CounterMode.Plain;
        if ((word & FormatMask) == SequenceBit)
            return CounterMode.Rfc3931;
        if ((word & SequenceBit) == 0 && (word == 0 || (hasPrevious && word == Previous)))
            return CounterMode.Unsequenced;
        return hasPrevious && IsStep(word) ? CounterMode.Plain : CounterMode.Unknown;
    }

    /// <summary>Whether a word follows on <see cref="Previous"/> as a plain number does.</summary>
    public bool IsStep(uint word) => word - Previous is >= 1 and <= MaxStep;
}
