using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.L2tpv3;

/// <summary>
/// Puts the session header in front of each frame (RFC 3931, 4.1; layouts in <see cref="HeaderLayout"/>). Headers are
/// built once: a single one when nothing in it changes, else as many as a batch has frames, and per frame only the counter is
/// written. To be applied once to a batch, by one thread, in the order in which the frames go to the socket, so that the counter
/// never runs backwards on the wire, and not to the next before the frames of the last are sent.
/// </summary>
/// <remarks>
/// One number per packet that is handed on, by what the counter field is:
/// <list type="bullet">
/// <item><c>counter</c>: QEMU's. The first packet carries 1, and a new process starts again.</item>
/// <item><c>pincounter</c>: 0, whatever else is asked for. Without <c>counter</c> there is no field.</item>
/// <item><c>x-seq=rfc3931</c> with <c>counter</c>: 0x40000000, the S bit, plus a number modulo 2^24 that begins with 0
/// (RFC 3931, 4.6). It goes on across a restart in memory of the caller's: a Linux peer with <c>seq recv</c> ignores a
/// sender that begins anew until it has caught up.</item>
/// </list>
/// The bytes of <c>offset</c> are zeros.
/// </remarks>
internal sealed unsafe class Encapsulator : IFrameStage, IDisposable
{
    /// <summary>
    /// The one deliberate difference from QEMU, which counts on through all 32 bits: after 0x3fffffff comes 0, because a
    /// Linux peer takes bit 30 for "sequence number is valid" and bit 31 for VCCV (RFC 3931, 4.6; RFC 5085). Receivers of
    /// the plain counter (QEMU, UML, VPP) ignore the value.
    /// </summary>
    private const uint PlainMask = 0x3fff_ffff;

    private const uint SequenceMask = 0x00ff_ffff;

    private readonly byte* _headers;

    /// <summary>Bytes from one header to the next; 0: there is one for all.</summary>
    private readonly int _stride;

    private readonly int _headerLength;
    private readonly int _maxFrameLength;
    private readonly int _counterOffset;
    private readonly bool _counts;
    private readonly uint _format;
    private readonly uint _mask;
    private readonly uint* _kept;

    public Encapsulator(L2tpv3Options options)
        : this(options, null)
    {
    }

    /// <param name="options">What the header is made of.</param>
    /// <param name="nextNumber">
    /// Where the next number of <c>x-seq=rfc3931</c> is kept, for example in a mapped file; null: nowhere. Read here, of
    /// which the low 24 bits count, and written before a batch leaves <see cref="Apply"/>, so that it is never behind what
    /// was sent. Must stay valid as long as this is used. Without <c>x-seq=rfc3931</c> it is left alone.
    /// </param>
    public Encapsulator(L2tpv3Options options, uint* nextNumber)
    {
        HeaderLayout layout = HeaderLayout.ForTransmit(options);
        _headerLength = layout.HeaderLength;
        _maxFrameLength = layout.MaxDatagramLength - layout.HeaderLength;
        _counterOffset = layout.CounterOffset;
        _counts = layout.HasCounter && !options.PinCounter;
        _stride = _counts ? (_headerLength + 7) & ~7 : 0;
        _headers = BuildHeaders(layout, options, _counts ? FrameBatch.MaxCapacity : 1, Math.Max(_stride, _headerLength));
        _format = options.Rfc3931Sequencing ? CounterClassifier.SequenceBit : 0;
        _mask = options.Rfc3931Sequencing ? SequenceMask : PlainMask;
        NextNumber = options.Rfc3931Sequencing ? 0u : 1u;
        if (!_counts || !options.Rfc3931Sequencing || nextNumber == null)
            return;
        _kept = nextNumber;
        NextNumber = *nextNumber & SequenceMask;
    }

    /// <summary>What the next packet carries, without the S bit.</summary>
    internal uint NextNumber { get; set; }

    /// <summary>Encapsulates what was not dropped before. A frame no IP packet can hold is <see cref="FrameVerdict.FrameTooLong"/>.</summary>
    public void Apply(FrameBatch batch, long now)
    {
        byte* header = _headers;
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

            if (_counts)
            {
                Unsafe.WriteUnaligned(header + _counterOffset, BinaryPrimitives.ReverseEndianness(_format | NextNumber));
                NextNumber = (NextNumber + 1) & _mask;
            }

            batch.Prepend(i, header, _headerLength);
            header += _stride;
        }

        if (_kept != null)
            Volatile.Write(ref *_kept, NextNumber);
    }

    public void Dispose() => NativeMemory.Free(_headers);

    private static byte* BuildHeaders(in HeaderLayout layout, L2tpv3Options options, int count, int stride)
    {
        byte* headers = (byte*)NativeMemory.AllocZeroed((nuint)count, (nuint)stride);
        for (int i = 0; i < count; i++)
            BuildHeader(new Span<byte>(headers + (i * stride), layout.HeaderLength), layout, options);
        return headers;
    }

    private static void BuildHeader(Span<byte> header, in HeaderLayout layout, L2tpv3Options options)
    {
        if (layout.HasUdpFirstWord)
            BinaryPrimitives.WriteUInt32BigEndian(header, HeaderLayout.UdpFirstWord);
        BinaryPrimitives.WriteUInt32BigEndian(header[layout.SessionOffset..], options.TransmitSession);

        Span<byte> cookie = header[layout.CookieOffset..];
        if (layout.CookieSize == 8)
            BinaryPrimitives.WriteUInt64BigEndian(cookie, options.TransmitCookie);
        else if (layout.CookieSize == 4) // QEMU sends the low half of a cookie that is too wide.
            BinaryPrimitives.WriteUInt32BigEndian(cookie, (uint)options.TransmitCookie);
    }
}
