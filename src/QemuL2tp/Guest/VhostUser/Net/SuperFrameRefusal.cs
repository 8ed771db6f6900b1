using QemuL2tp.Packets;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// Notices that a guest's driver drops super-frames that it has agreed to: with an XDP program it does, having told QEMU only. The peer then sends
/// again what was in them, from the first byte on, each time. A network that loses or doubles packets does not look so: what was delivered
/// is not sent again, or not time after time from the beginning of the newest super-frame.
/// </summary>
internal sealed class SuperFrameRefusal
{
    /// <summary>Super-frames of one flow, one after the other, whose first segment came again.</summary>
    public const int Limit = 8;

    /// <summary>A power of two.</summary>
    private const int Places = 256;

    private readonly Newest[] _newest = new Newest[Places];

    /// <summary>The newest super-frame of a flow.</summary>
    private struct Newest
    {
        public Flow Flow;
        public uint Sequence;
        public bool CameAgain;

        /// <summary>How many before it, and it, came again without one in between that did not.</summary>
        public int Times;
    }

    /// <summary>A super-frame is delivered.</summary>
    /// <param name="flow">Of TCP.</param>
    /// <param name="sequence">The number of its first byte.</param>
    public void OnSuperFrame(in Flow flow, uint sequence)
    {
        ref Newest newest = ref _newest[flow.Hash & (Places - 1)];
        int times = newest.CameAgain && newest.Flow.IsSameAs(flow) ? newest.Times : 0;
        newest = new Newest { Flow = flow, Sequence = sequence, Times = times };
    }

    /// <summary>A segment came, or the first one of a super-frame.</summary>
    /// <inheritdoc cref="OnSuperFrame"/>
    /// <returns>True when the guest has refused super-frames.</returns>
    public bool OnSegment(in Flow flow, uint sequence)
    {
        ref Newest newest = ref _newest[flow.Hash & (Places - 1)];
        if (newest.CameAgain || newest.Sequence != sequence || !newest.Flow.IsSameAs(flow))
            return false;
        newest.CameAgain = true;
        return ++newest.Times >= Limit;
    }

    /// <summary>Begins anew: there is another driver, or frames were dropped for another reason.</summary>
    public void Clear() => Array.Clear(_newest);
}
