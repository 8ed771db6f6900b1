namespace QemuL2tp.Frames;

/// <summary>
/// Numbers of one direction. Written by the thread that owns the direction, read by any. At rest (no frame held by a
/// pump) <c>FramesIn = FramesOut + all drops</c>.
/// </summary>
public sealed class DirectionCounters
{
    private static readonly int s_verdicts = Enum.GetValues<FrameVerdict>().Length;
    private readonly long[] _drops = new long[s_verdicts];
    private readonly nuint[] _lastTokens = new nuint[s_verdicts];

    internal DirectionCounters()
    {
    }

    /// <summary>Frames that a source presented.</summary>
    public long FramesIn { get; internal set; }

    /// <summary>Frames that a sink handed on.</summary>
    public long FramesOut { get; internal set; }

    /// <summary>Bytes of the frames in <see cref="FramesOut"/>, without any header of ours.</summary>
    public long BytesOut { get; internal set; }

    /// <summary>Frames dropped for any reason.</summary>
    public long DroppedInAll { get; internal set; }

    /// <summary>Counts dropped frames and remembers the source's mark of the last.</summary>
    internal void Count(FrameVerdict reason, nuint token = 0, long count = 1)
    {
        _drops[(int)reason] += count;
        _lastTokens[(int)reason] = token;
        DroppedInAll += count;
    }

    /// <summary>Frames dropped for one reason.</summary>
    public long Dropped(FrameVerdict reason) => Volatile.Read(ref _drops[(int)reason]);

    /// <summary>The mark of the last frame dropped for one reason; good until its source is asked to fill again.</summary>
    internal nuint LastToken(FrameVerdict reason) => _lastTokens[(int)reason];
}
