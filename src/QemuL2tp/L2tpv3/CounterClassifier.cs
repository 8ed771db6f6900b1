namespace QemuL2tp.L2tpv3;

/// <summary>
/// Tells from the bits of a counter word, and from what came before it, in which of the three formats it is. The three
/// overlap: a plain 32-bit counter passes through every pattern, so one that is being followed is looked for first.
/// </summary>
/// <remarks>
/// This program's own plain counter goes from 0x3fffffff to 0. It is followed through that as well: near that place a
/// word is also tried as the number 2^30 further on (or back), and from then on numbers are words plus a multiple of
/// 2^30. Numbers of a sender that counts on to 0x40000000 are their words.
/// </remarks>
internal sealed class CounterClassifier
{
    /// <summary>A word at most this far from the expected plain number is that number, late or after a gap.</summary>
    public const int NearDistance = 65536;

    /// <summary>S of RFC 3931, 4.6: the word has a sequence number.</summary>
    public const uint SequenceBit = 0x4000_0000;

    /// <summary>Two words in a row that differ by 1 to this many are two plain numbers.</summary>
    private const uint MaxStep = 64;

    private const uint VccvBit = 0x8000_0000; // V of RFC 5085, 5.3.
    private const uint FormatMask = 0xff00_0000;
    private const uint NumberMask = 0x00ff_ffff;
    private const uint OwnWrap = 0x4000_0000;

    private bool _hasPrevious;
    private uint _newest;
    private uint _wrapped;
    private uint _repeated;

    /// <summary>The word before the newest; 0 before there are two.</summary>
    public uint Previous { get; private set; }

    /// <summary>How often the newest word came in a row, as far as <see cref="Classify"/> saw it.</summary>
    public int Repeats { get; private set; }

    /// <summary>A word of RFC format with the V bit and with or without S: a control packet if the peer uses that format.</summary>
    public static bool IsVccv(uint word) => (word & (FormatMask & ~SequenceBit)) == VccvBit;

    /// <param name="word">The received word.</param>
    /// <param name="followed">Format of the numbers being followed; <see cref="CounterMode.Unknown"/> before the first.</param>
    /// <param name="expected">The number expected next.</param>
    /// <param name="number">The number in the word, if the format has one.</param>
    /// <returns><see cref="CounterMode.Unknown"/> when the word fits nothing so far.</returns>
    public CounterMode Classify(uint word, CounterMode followed, uint expected, out uint number)
    {
        bool hasPrevious = _hasPrevious;
        Previous = _newest;
        Note(word);
        Repeats = word == _repeated ? Repeats + 1 : 1;
        _repeated = word;

        number = word;
        if (followed == CounterMode.Plain && TryPlace(word, expected, ref number))
            return CounterMode.Plain;
        if ((word & FormatMask) == SequenceBit)
        {
            number = word & NumberMask;
            return CounterMode.Rfc3931;
        }

        if ((word & SequenceBit) == 0 && (word == 0 || (hasPrevious && word == Previous)))
            return CounterMode.Unsequenced;
        return hasPrevious && IsStep(word) ? CounterMode.Plain : CounterMode.Unknown;
    }

    /// <summary>Takes note of a word of which it is known what it is.</summary>
    public void Note(uint word) => (_newest, _hasPrevious) = (word, true);

    /// <summary>Whether a word follows on <see cref="Previous"/> as a plain number does.</summary>
    public bool IsStep(uint word) => word - Previous is >= 1 and <= MaxStep;

    /// <summary>Plain numbers begin anew: they are the words themselves.</summary>
    public void StartPlain() => _wrapped = 0;

    /// <summary>The word that carries a number.</summary>
    public uint WordOf(CounterMode format, uint number) => format == CounterMode.Rfc3931 ? SequenceBit | number : number - _wrapped;

    private bool TryPlace(uint word, uint expected, ref uint number)
    {
        uint straight = word + _wrapped;
        if (IsNear(straight, expected))
            number = straight;
        else if (word <= NearDistance && IsNear(straight + OwnWrap, expected))
            number = straight + OwnWrap;
        else if (_wrapped != 0 && IsNear(word, OwnWrap) && IsNear(straight - OwnWrap, expected))
            number = straight - OwnWrap;
        else
            return false;

        // A late word from the other side of the wrap changes nothing.
        if ((int)(number - expected) >= 0)
            _wrapped = number - word;
        return true;
    }

    private static bool IsNear(uint number, uint place) => Math.Abs((long)(int)(number - place)) <= NearDistance;
}
