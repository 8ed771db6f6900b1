using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Pseudowire;

/// <summary>
/// Checks received packets and takes the session header off (RFC 3931, 4.1; layouts in <see cref="HeaderLayout"/>). Each
/// frame of the batch is one packet in one piece; over raw IPv4 it begins with the IP header. To be applied once to a batch.
/// </summary>
/// <remarks>
/// The first check that fails gives the reason, in this order: <see cref="FrameVerdict.BadIpHeader"/>,
/// <see cref="FrameVerdict.TooShort"/>, <see cref="FrameVerdict.ControlMessage"/>, <see cref="FrameVerdict.WrongSession"/>,
/// <see cref="FrameVerdict.WrongCookie"/>, <see cref="FrameVerdict.UnexpectedSource"/>, <see cref="FrameVerdict.VccvPacket"/>,
/// <see cref="FrameVerdict.EmptyFrame"/>. Without <c>x-reorder-window</c> what passes is delivered as it arrives, as by QEMU.
/// With it, <see cref="CounterTracker"/> decides; a frame may be held back and comes out of a later batch, whose capacity
/// must leave room for <see cref="ReorderWindow.MaxFrames"/> frames more than a source puts in. At any time frames in =
/// frames out + drops + <see cref="FramesHeld"/> + frames in the batch.
/// </remarks>
public sealed unsafe class Decapsulator : IFrameStage, IDisposable
{
    private readonly HeaderLayout _layout;
    private readonly uint _session;
    private readonly ulong _cookie;
    private readonly ulong _cookie2;
    private readonly bool _isStrict;
    private readonly ReorderWindow? _window;
    private readonly CounterTracker? _tracker;

    public Decapsulator(L2tpv3Options options)
    {
        _layout = HeaderLayout.ForReceive(options);
        _session = options.ReceiveSession;
        _cookie = options.ReceiveCookie;
        _cookie2 = options.ReceiveCookie2 ?? options.ReceiveCookie;
        _isStrict = options.StrictSource;
        if (!options.Counter)
            return;
        if (options.ReorderWindow > 0)
            _window = new ReorderWindow(options.ReorderHoldMilliseconds);
        _tracker = new CounterTracker(options, _window);
    }

    /// <summary>What the received counters tell; null without <c>counter</c>.</summary>
    public CounterStatistics? CounterStatistics => _tracker?.Statistics;

    /// <summary>Frames held back now, to be delivered later.</summary>
    public int FramesHeld => _window?.Frames ?? 0;

    /// <summary>When the first of the frames held back must go.</summary>
    public long Due => _window?.Due ?? long.MaxValue;

    /// <summary>Decapsulates what was not dropped before, and lets go what is due.</summary>
    public void Apply(FrameBatch batch, long now)
    {
        _window?.Begin(batch);
        int count = batch.Count;
        for (int i = 0; i < count; i++)
        {
            ref FrameSlot slot = ref batch[i];
            bool isHeld = false;
            if (slot.Verdict == FrameVerdict.Accept)
            {
                FrameVerdict verdict = Decapsulate(batch, i, now, out isHeld);
                if (verdict != FrameVerdict.Accept)
                    batch.Drop(i, verdict);
            }

            if (_window is { IsReordering: true })
            {
                if (!isHeld)
                    _window.Pass(i);
                _tracker!.LetGoNext();
            }
        }

        if (_window is null)
            return;
        _tracker!.Expire(now);
        _window.End();
    }

    /// <summary>Frees the frames that are held back.</summary>
    public void Dispose() => _window?.Dispose();

    private FrameVerdict Decapsulate(FrameBatch batch, int index, long now, out bool isHeld)
    {
        isHeld = false;
        ref FrameSlot slot = ref batch[index];
        Debug.Assert(slot.FragmentCount == 1, "A received packet lies in one piece.");
        byte* message = batch.DataOf(index)->Base;
        int length = slot.Length;
        int ipHeader = 0;
        if (_layout.HasIPv4HeaderOnReceive)
        {
            if (!IPv4Packet.TryParse(new ReadOnlySpan<byte>(message, length), out ipHeader, out int totalLength))
                return FrameVerdict.BadIpHeader;
            CutAfter(batch, index, totalLength);
            message += ipHeader;
            length = totalLength - ipHeader;
        }

        FrameVerdict verdict = Examine(message, length, slot.IsForeign);
        if (verdict != FrameVerdict.Accept)
            return verdict;
        batch.StripFront(index, ipHeader + _layout.HeaderLength);
        if (_tracker is not null)
            verdict = Track(ref slot, batch.DataOf(index)->Base, Word(message + _layout.CounterOffset), index, now, out isHeld);

        // Only now: a number that came without a frame is not a lost one.
        return slot.Length == 0 && verdict != FrameVerdict.VccvPacket ? FrameVerdict.EmptyFrame : verdict;
    }

    private FrameVerdict Track(ref FrameSlot slot, byte* frame, uint word, int index, long now, out bool isHeld)
    {
        isHeld = false;
        uint fingerprint = _window is null ? 0 : FrameFingerprint.Of(frame, slot.Length);
        if (_tracker!.TryTakeNext(word, fingerprint, now))
            return FrameVerdict.Accept;

        var packet = new Packet { Word = word, Now = now, Fingerprint = fingerprint, Length = slot.Length, Index = index };
        Arrival arrival = _tracker.Place(packet);
        if (arrival == Arrival.Vccv)
            return FrameVerdict.VccvPacket;
        if (_window is null)
            return FrameVerdict.Accept;
        isHeld = arrival == Arrival.Hold && slot.Length > 0;
        return arrival switch
        {
            Arrival.Duplicate => FrameVerdict.Duplicate,
            Arrival.Late => FrameVerdict.Late,
            _ => FrameVerdict.Accept,
        };
    }

    /// <summary>Looks at the header, whose fields all lie in its length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FrameVerdict Examine(byte* message, int length, bool isForeign)
    {
        if (length < _layout.HeaderLength)
            return FrameVerdict.TooShort;

        // The version and the reserved bits may be anything, as with QEMU; no data message has the T bit.
        if (_layout.HasUdpFirstWord && (message[0] & 0x80) != 0)
            return FrameVerdict.ControlMessage;

        uint session = Word(message + _layout.SessionOffset);
        if (session != _session)
        {
            // With rxsession=0 session 0 is data, as two QEMUs with txsession=0 exchange it; a peer with a control
            // connection must not be given that number (RFC 3931, 4.1.1.2).
            return session == 0 && !_layout.HasUdpFirstWord ? FrameVerdict.ControlMessage : FrameVerdict.WrongSession;
        }

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

    /// <summary>Takes off what follows the IP packet in the received bytes.</summary>
    private static void CutAfter(FrameBatch batch, int index, int totalLength)
    {
        batch[index].Length = totalLength;
        batch.DataOf(index)->Length = (nuint)totalLength;
    }
}
