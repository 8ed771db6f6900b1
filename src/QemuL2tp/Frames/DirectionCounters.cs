namespace QemuL2tp.Frames;

/// <summary>
/// Numbers of one direction. Written by the thread that owns the direction, read by any. At rest (no frame held by a
/// pump) <c>FramesIn = FramesOut + all drops</c>.
/// </summary>
public sealed class DirectionCounters
{
    private static readonly int s_verdicts = Enum.GetValues<FrameVerdict>().Length;
    private readonly long[] _drops = new long[s_verdicts];

    /// <summary>Frames that a source presented.</summary>
    public long FramesIn;

    /// <summary>Frames that a sink handed on.</summary>
    public long FramesOut;

    /// <summary>Bytes of the frames in <see cref="FramesOut"/>, without any header of ours.</summary>
    public long BytesOut;

    public void Count(FrameVerdict reason) => _drops[(int)reason]++;

    /// <summary>Frames dropped for one reason.</summary>
    public long Dropped(FrameVerdict reason) => Volatile.Read(ref _drops[(int)reason]);

    /// <summary>Frames dropped for any reason.</summary>
    public long DroppedInAll
    {
        get
        {
            long sum = 0;
            for (int i = 1; i < _drops.Length; i++)
                sum += Volatile.Read(ref _drops[i]);
            return sum;
        }
    }
}
