using System.Buffers.Binary;
using System.Diagnostics;
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
/// <see cref="FrameVerdict.WrongCookie"/>, <see cref="FrameVerdict.UnexpectedSource"/>, <see cref="FrameVerdict.EmptyFrame"/>.
/// What passes is delivered as it arrives; the received counter feeds statistics only, as QEMU ignores it altogether.
/// </remarks>
public sealed unsafe class Decapsulator : IFrameStage
{
    private readonly HeaderLayout _layout;
    private readonly uint _session;
    private readonly ulong _cookie;
    private readonly bool _isStrict;

    public Decapsulator(L2tpv3Options options)
    {
        _layout = HeaderLayout.For(options);
        _session = options.ReceiveSession;
        _cookie = options.ReceiveCookie;
        _isStrict = options.StrictSource;
        CounterStatistics = options.Counter ? new CounterStatistics() : null;
    }

    /// <summary>What the received counters tell; null without <c>counter</c>.</summary>
    public CounterStatistics? CounterStatistics { get; }

    /// <summary>Decapsulates what was not dropped before.</summary>
    public void Apply(FrameBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            ref FrameSlot slot = ref batch[i];
            if (slot.Verdict != FrameVerdict.Accept)
                continue;
            Debug.Assert(slot.FragmentCount == 1, "A received packet lies in one piece.");

            ReadOnlySpan<byte> packet = new(batch.DataOf(i)->Base, slot.Length);
            int ipHeader = 0;
            if (_layout.HasIPv4HeaderOnReceive)
            {
                if (!IPv4Packet.TryParse(packet, out ipHeader, out int totalLength))
                {
                    batch.Drop(i, FrameVerdict.BadIpHeader);
                    continue;
                }

                CutAfter(batch, i, totalLength);
                packet = packet[ipHeader..totalLength];
            }

            FrameVerdict verdict = Examine(packet, slot.IsForeign);
            if (verdict == FrameVerdict.Accept)
                batch.StripFront(i, ipHeader + _layout.HeaderLength);
            else
                batch.Drop(i, verdict);
        }
    }

    private FrameVerdict Examine(ReadOnlySpan<byte> message, bool isForeign)
    {
        if (message.Length < _layout.HeaderLength)
            return FrameVerdict.TooShort;

        // The version and the reserved bits may be anything, as with QEMU; no data message has the T bit.
        if (_layout.HasUdpFirstWord && (message[0] & 0x80) != 0)
            return FrameVerdict.ControlMessage;

        uint session = BinaryPrimitives.ReadUInt32BigEndian(message[_layout.SessionOffset..]);
        if (session != _session)
        {
            // With rxsession=0 session 0 is data, as two QEMUs with txsession=0 exchange it; a peer with a control
            // connection must not be given that number (RFC 3931, 4.1.1.2).
            return session == 0 && !_layout.HasUdpFirstWord ? FrameVerdict.ControlMessage : FrameVerdict.WrongSession;
        }

        if (!HasCookie(message))
            return FrameVerdict.WrongCookie;
        if (isForeign && _isStrict)
            return FrameVerdict.UnexpectedSource;

        // Before looking for a frame: a number that came without one is not a lost one.
        CounterStatistics?.Record(BinaryPrimitives.ReadUInt32BigEndian(message[_layout.CounterOffset..]));
        return message.Length == _layout.HeaderLength ? FrameVerdict.EmptyFrame : FrameVerdict.Accept;
    }

    /// <summary>
    /// Compares all bits at once, so that the time taken tells nothing about how many are right. A 4-byte cookie is
    /// compared with all 64 bits of <c>rxcookie</c>, as in QEMU: above 0xffffffff it never matches.
    /// </summary>
    private bool HasCookie(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> cookie = message[_layout.CookieOffset..];
        return _layout.CookieSize switch
        {
            8 => BinaryPrimitives.ReadUInt64BigEndian(cookie) == _cookie,
            4 => BinaryPrimitives.ReadUInt32BigEndian(cookie) == _cookie,
            _ => true,
        };
    }

    /// <summary>Takes off what follows the IP packet in the received bytes.</summary>
    private static void CutAfter(FrameBatch batch, int index, int totalLength)
    {
        batch[index].Length = totalLength;
        batch.DataOf(index)->Length = (nuint)totalLength;
    }
}
