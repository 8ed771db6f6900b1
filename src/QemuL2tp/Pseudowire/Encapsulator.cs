using System.Buffers.Binary;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Pseudowire;

/// <summary>
/// Puts the session header in front of each frame (RFC 3931, 4.1; layouts in <see cref="HeaderLayout"/>). The header is
/// built once; per frame it is copied and only the counter is written. To be applied once to a batch, by one thread, in
/// the order in which the frames go to the socket, so that the counter never runs backwards on the wire.
/// </summary>
/// <remarks>
/// The counter is QEMU's: the first packet carries 1, each further one that is handed on one more, and a new process
/// starts again. <c>pincounter</c> keeps it 0. <c>pincounter</c> without <c>counter</c> means no counter field. The bytes
/// of <c>offset</c> are zeros.
/// </remarks>
public sealed unsafe class Encapsulator : IFrameStage
{
    /// <summary>
    /// The one deliberate difference from QEMU, which counts on through all 32 bits: after 0x3fffffff comes 0, because a
    /// Linux peer takes bit 30 for "sequence number is valid" and bit 31 for VCCV (RFC 3931, 4.6; RFC 5085). Receivers of
    /// the plain counter (QEMU, UML, VPP) ignore the value.
    /// </summary>
    private const uint CounterMask = 0x3fff_ffff;

    private readonly byte[] _template;
    private readonly int _maxFrameLength;
    private readonly int _counterOffset;
    private readonly bool _counts;

    public Encapsulator(L2tpv3Options options)
    {
        HeaderLayout layout = HeaderLayout.For(options);
        _template = BuildTemplate(layout, options);
        _maxFrameLength = layout.MaxDatagramLength - layout.HeaderLength;
        _counterOffset = layout.CounterOffset;
        _counts = layout.HasCounter && !options.PinCounter;
    }

    /// <summary>The counter of the newest packet; 0 before the first.</summary>
    internal uint Counter { get; set; }

    /// <summary>Encapsulates what was not dropped before. A frame no IP packet can hold is <see cref="FrameVerdict.FrameTooLong"/>.</summary>
    public void Apply(FrameBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            ref FrameSlot slot = ref batch[i];
            if (slot.Verdict != FrameVerdict.Accept)
                continue;
            if (slot.Length > _maxFrameLength)
            {
                batch.Drop(i, FrameVerdict.FrameTooLong);
                continue;
            }

            Span<byte> header = new(batch.HeaderSpaceOf(i), _template.Length);
            _template.CopyTo(header);
            if (_counts)
            {
                Counter = (Counter + 1) & CounterMask;
                BinaryPrimitives.WriteUInt32BigEndian(header[_counterOffset..], Counter);
            }

            batch.Prepend(i, _template.Length);
        }
    }

    private static byte[] BuildTemplate(in HeaderLayout layout, L2tpv3Options options)
    {
        byte[] header = new byte[layout.HeaderLength];
        if (layout.HasUdpFirstWord)
            BinaryPrimitives.WriteUInt32BigEndian(header, HeaderLayout.UdpFirstWord);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(layout.SessionOffset), options.TransmitSession);

        Span<byte> cookie = header.AsSpan(layout.CookieOffset);
        if (layout.CookieSize == 8)
            BinaryPrimitives.WriteUInt64BigEndian(cookie, options.TransmitCookie);
        else if (layout.CookieSize == 4) // QEMU sends the low half of a cookie that is too wide.
            BinaryPrimitives.WriteUInt32BigEndian(cookie, (uint)options.TransmitCookie);
        return header;
    }
}
