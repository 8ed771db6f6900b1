namespace QemuL2tp.Pseudowire;

/// <summary>
/// What the received counters tell about the path. Nothing is dropped or held back because of it. Written by the thread
/// that owns the direction, read by any.
/// </summary>
/// <remarks>
/// Each packet is counted once: <c>Packets = InOrder + Late + Duplicate + Pinned + Unplaced</c>. <see cref="Lost"/> and
/// <see cref="Restarted"/> are conclusions, not packets. Numbers wrap at 2^24 or 2^32 unnoticed. The sending end of this
/// program wraps at 2^30, which shows as one pinned word and one restart per 2^30 packets.
/// </remarks>
public sealed class CounterStatistics
{
    /// <summary>Numbers this little behind are late or duplicates, never signs of a restart.</summary>
    private const int Window = 64;

    /// <summary>So many numbers in sequence, all of them where none is expected, are a restart (RFC 3931, appendix C).</summary>
    private const int RestartRun = 3;

    private readonly CounterClassifier _classifier = new();
    private readonly NumberHistory _history = new();
    private CounterMode _followed;
    private bool _wasUnplaced;
    private uint _lastStray;
    private int _strayRun;

    /// <summary>Format of the newest word that was recognised.</summary>
    public CounterMode Mode { get; private set; }

    /// <summary>Packets with the right session and cookie from the right peer, also those without a frame.</summary>
    public long Packets => InOrder + Late + Duplicate + Pinned + Unplaced;

    /// <summary>The expected number, or one up to 65536 ahead of it; also the first number after a start or restart.</summary>
    public long InOrder { get; private set; }

    /// <summary>A number that had been skipped, among the last 1024.</summary>
    public long Late { get; private set; }

    /// <summary>A number that had arrived before, among the last 1024.</summary>
    public long Duplicate { get; private set; }

    /// <summary>A word without a number: 0 or the same as before, S bit clear.</summary>
    public long Pinned { get; private set; }

    /// <summary>
    /// A word whose place is not known: too old, too far ahead, or of no format recognised so far. The first packets of a
    /// restarted peer are here or in <see cref="Duplicate"/>.
    /// </summary>
    public long Unplaced { get; private set; }

    /// <summary>Numbers skipped so far, minus those of them that arrived late. A restart skips none.</summary>
    public long Lost { get; private set; }

    /// <summary>
    /// How often the numbers began anew elsewhere: the very first number of the format again, three in sequence that are
    /// not expected, or two plain ones in sequence more than 65536 away.
    /// </summary>
    public long Restarted { get; private set; }

    /// <summary>Takes note of one received counter word.</summary>
    internal void Record(uint word)
    {
        CounterMode format = _classifier.Classify(word, _followed, _history.Expected);
        if (format == CounterMode.Unknown)
        {
            Unplaced++;
        }
        else
        {
            Mode = format;
            if (format == CounterMode.Unsequenced)
                Pinned++;
            else
                RecordNumber(format, format == CounterMode.Rfc3931 ? word & 0x00ff_ffff : word);
        }

        _wasUnplaced = format == CounterMode.Unknown;
    }

    private void RecordNumber(CounterMode format, uint number)
    {
        if (format != _followed)
        {
            Follow(format, number);
            return;
        }

        int distance = _history.DistanceOf(number);
        if (distance is >= 0 and <= CounterClassifier.NearDistance)
        {
            RecordAhead(number, distance);
        }
        else if (_history.Knows(distance) && _history.TryMark(number))
        {
            Late++;
            Lost--;
            _strayRun = 0;
        }
        else if (IsRestart(number, distance))
        {
            Restarted++;
            Follow(format, number);
        }
        else if (_history.Knows(distance))
        {
            Duplicate++;
        }
        else
        {
            Unplaced++;
        }
    }

    /// <summary>Starts to follow numbers of a format.</summary>
    private void Follow(CounterMode format, uint number)
    {
        // It takes two words to recognise a plain counter; the one before was its first number then.
        bool hasFirst = format == CounterMode.Plain && _wasUnplaced && _classifier.IsStep(number);
        uint first = hasFirst ? _classifier.Previous : number;
        _followed = format;
        _history.Start(first, format == CounterMode.Plain ? 32 : 24);
        _strayRun = 0;
        InOrder++;
        if (hasFirst)
        {
            Unplaced--;
            RecordAhead(number, _history.DistanceOf(number));
        }
    }

    private void RecordAhead(uint number, int distance)
    {
        InOrder++;
        Lost += distance;
        _history.Advance(number);
        _strayRun = 0;
    }

    /// <summary>Decides about a number that arrived before or that is nowhere near.</summary>
    private bool IsRestart(uint number, int distance)
    {
        bool isNear = distance is < 0 and >= -Window;
        bool isVeryFirst = number == (_followed == CounterMode.Plain ? 1u : 0u);

        // The very first number twice in a row is a duplicate; after others have come it is a peer that began anew, unless
        // the numbers just wrapped, in which case what was before it is known too.
        if (isVeryFirst && (!isNear || (distance < -1 && _history.Knows(distance) && !_history.Knows(distance - 1))))
            return true;
        if (_followed == CounterMode.Plain && Math.Abs((long)distance) > CounterClassifier.NearDistance)
            return true;
        if (isNear)
        {
            _strayRun = 0;
            return false;
        }

        _strayRun = _strayRun > 0 && number == _lastStray + 1 ? _strayRun + 1 : 1;
        _lastStray = number;
        return _strayRun == RestartRun;
    }
}
