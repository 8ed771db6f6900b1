using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.L2tpv3;

/// <summary>
/// Checks the packets of a session and takes the session header off (RFC 3931, 4.1; layouts in <see cref="HeaderLayout"/>). Each
/// frame of the batch is one packet of the session, in one piece, without an IP header. To be applied once to a batch.
/// </summary>
/// <remarks>
/// The first check that fails gives the reason, in this order: <see cref="FrameVerdict.TooShort"/>, <see cref="FrameVerdict.WrongCookie"/>,
/// <see cref="FrameVerdict.UnexpectedSource"/>, <see cref="FrameVerdict.VccvPacket"/>, <see cref="FrameVerdict.EmptyFrame"/>. What passes is delivered as it arrives, as by QEMU. The last two are left to the
/// <see cref="Resequencer"/> where one follows, and so are the numbers; it finds the counter in the header, which stays in front of
/// the frame.
/// </remarks>
internal sealed unsafe class Decapsulator : IFrameStage
{
    private readonly HeaderLayout _layout;
    private readonly ulong _cookie;
    private readonly ulong _cookie2;
    private readonly bool _isStrict;
    private readonly bool _isFollowed;
    private readonly CounterTracker? _tracker;

    public Decapsulator(L2tpv3Options options)
    {
        _layout = HeaderLayout.ForReceive(options);
        _cookie = options.ReceiveCookie;
        _cookie2 = options.ReceiveCookie2 ?? options.ReceiveCookie;
        _isStrict = options.StrictSource;
        _isFollowed = Resequencer.IsWanted(options);
        if (options.Counter && !_isFollowed)
            _tracker = new CounterTracker(options);
    }

    /// <summary>What the received counters tell; null without <c>counter</c>, and where a <see cref="Resequencer"/> follows.</summary>
    public CounterStatistics? CounterStatistics => _tracker?.Statistics;

    /// <summary>Decapsulates what was not dropped before.</summary>
    public void Apply(FrameBatch batch, long now)
    {
        int count = batch.Count;
        for (int i = 0; i < count; i++)
        {
            if (batch[i].Verdict != FrameVerdict.Accept)
                continue;
            FrameVerdict verdict = Decapsulate(batch, i, now);
            if (verdict != FrameVerdict.Accept)
                batch.Drop(i, verdict);
        }
    }

    private FrameVerdict Decapsulate(FrameBatch batch, int index, long now)
    {
        ref FrameSlot slot = ref batch[index];
        Debug.Assert(slot.FragmentCount == 1, "A received packet lies in one piece.");
        byte* message = batch.DataOf(index)->Base;
        FrameVerdict verdict = Examine(message, slot.Length, slot.IsForeign);
        if (verdict != FrameVerdict.Accept)
            return verdict;
        batch.StripFront(index, _layout.HeaderLength);
        // Before the length is looked at: a number that came without a frame is not a lost one.
        if (_tracker is not null && IsVccv(Word(message + _layout.CounterOffset), index, slot.Length, now))
            return FrameVerdict.VccvPacket;
        return slot.Length == 0 && !_isFollowed ? FrameVerdict.EmptyFrame : FrameVerdict.Accept;
    }

    /// <summary>Follows the numbers, and knows control packets by them.</summary>
    private bool IsVccv(uint word, int index, int length, long now) =>
        !_tracker!.TryTakeNext(word, 0, now) && _tracker.Place(new Packet { Word = word, Now = now, Length = length, Index = index }) == Arrival.Vccv;

    /// <summary>Looks at the header, whose fields all lie in its length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FrameVerdict Examine(byte* message, int length, bool isForeign)
    {
        if (length < _layout.HeaderLength)
            return FrameVerdict.TooShort;
        if (!HasCookie(message))
            return FrameVerdict.WrongCookie;
        return isForeign && _isStrict ? FrameVerdict.UnexpectedSource : FrameVerdict.Accept;
    }

    /// <summary>
    /// Compares all bits of both cookies at once, so that the time taken tells nothing about how many are right or which
    /// one it is. A 4-byte cookie is compared with all 64 bits of <c>rxcookie</c>, as in QEMU, and of <c>x-rxcookie2</c>:
    /// above 0xffffffff neither ever matches.
    /// </summary>
    private bool HasCookie(byte* message)
    {
        if (_layout.CookieSize == 0)
            return true;
        byte* field = message + _layout.CookieOffset;
        ulong cookie = _layout.CookieSize == 8 ? BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(field)) : Word(field);
        return (cookie == _cookie) | (cookie == _cookie2);
    }

    private static uint Word(byte* field) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(field));
}
