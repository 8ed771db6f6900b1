using QemuL2tp.Options;

namespace QemuL2tp.L2tpv3;

/// <summary>
/// Where the fields of the session header are, in bytes from its start. Nothing in a packet tells: both ends are
/// configured alike (RFC 3931, 4.1.1.1, 4.1.2.1 and 4.6; QEMU's <c>net/l2tpv3.c</c> has the same twelve layouts).
/// </summary>
/// <remarks>
/// <code>
/// over UDP  00 03 00 00 | session (4) | cookie (0, 4, 8) | counter (0, 4) | offset (0..256) | frame
/// over IP                 session (4) | cookie (0, 4, 8) | counter (0, 4) | offset (0..256) | frame
/// </code>
/// All fields are big endian.
/// </remarks>
internal readonly record struct HeaderLayout
{
    /// <summary>First word of a data message over UDP: T = 0, Ver = 3, the rest reserved (RFC 3931, 4.1.2.1).</summary>
    public const uint UdpFirstWord = 0x0003_0000;

    /// <summary>Most bytes an IPv4 packet and the payload of an IPv6 packet can have: both length fields are 16 bits wide.</summary>
    private const int MaxIPLength = 65535;

    private const int IPv4HeaderLength = 20;
    private const int UdpHeaderLength = 8;

    /// <summary>UDP encapsulation: the header starts with <see cref="UdpFirstWord"/>.</summary>
    public bool HasUdpFirstWord { get; private init; }

    /// <summary>0 over IP, 4 over UDP.</summary>
    public int SessionOffset { get; private init; }

    /// <summary>Meaningful when <see cref="CookieSize"/> is not 0.</summary>
    public int CookieOffset { get; private init; }

    /// <summary>0, 4 or 8.</summary>
    public int CookieSize { get; private init; }

    /// <summary>Meaningful when <see cref="HasCounter"/>.</summary>
    public int CounterOffset { get; private init; }

    public bool HasCounter { get; private init; }

    /// <summary>Bytes in front of the frame, <c>offset</c> included: 4..276.</summary>
    public int HeaderLength { get; private init; }

    /// <summary>
    /// Most bytes of header and frame that one packet can carry: 65507 over UDP and IPv4, 65527 over UDP and IPv6,
    /// 65515 over IPv4, 65535 over IPv6. One byte more is EMSGSIZE from the kernel.
    /// </summary>
    public int MaxDatagramLength { get; private init; }

    /// <exception cref="ArgumentOutOfRangeException">The option parser let a cookie size or an offset through that cannot be.</exception>
    public static HeaderLayout ForTransmit(L2tpv3Options options) => For(options, options.TransmitCookieSize);

    /// <exception cref="ArgumentOutOfRangeException">As above.</exception>
    public static HeaderLayout ForReceive(L2tpv3Options options) => For(options, options.ReceiveCookieSize);

    private static HeaderLayout For(L2tpv3Options options, int cookieSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Offset, 256);
        if (cookieSize is not (0 or 4 or 8))
            throw new ArgumentOutOfRangeException(nameof(options), cookieSize, "A cookie has 0, 4 or 8 bytes.");

        int session = options.Udp ? 4 : 0;
        int cookie = session + 4;
        int counter = cookie + cookieSize;
        return new HeaderLayout
        {
            HasUdpFirstWord = options.Udp,
            SessionOffset = session,
            CookieOffset = cookie,
            CookieSize = cookieSize,
            CounterOffset = counter,
            HasCounter = options.Counter,
            HeaderLength = counter + (options.Counter ? 4 : 0) + options.Offset,
            MaxDatagramLength = MaxIPLength - (options.IPv6 ? 0 : IPv4HeaderLength) - (options.Udp ? UdpHeaderLength : 0),
        };
    }
}
