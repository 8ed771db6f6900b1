using QemuL2tp.Frames;
using QemuL2tp.Linux;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>
/// Whether the kernel makes the right datagrams of a message (UDP_SEGMENT): messages of the layouts that we use go to ourselves over the
/// loopback interface, and what comes is compared. There are kernels that get some layouts wrong, and no call says so. What only a network
/// device or its driver does wrong is not seen here, nor are checksums, which nobody reads on this interface.
/// </summary>
/// <param name="call">How a message is sent; null: with UDP_SEGMENT.</param>
internal sealed unsafe class SegmentationSelfTest(SegmentationSelfTest.SendCall? call = null)
{
    /// <summary>Why UDP_SEGMENT is off when the kernel has failed.</summary>
    public const string Failed = "this kernel made wrong datagrams in the test at the start";

    /// <summary>What comes does so within the call that sends it, but for another processor that is to handle it.</summary>
    private const int PatienceMilliseconds = 100;

    private const int MaxDatagram = 65535;

    /// <summary>Behind each message; datagrams to the same socket do not overtake each other.</summary>
    private static readonly byte[] s_end = "the datagrams of this message end here"u8.ToArray();

    /// <summary>Bytes of each datagram but the last, and of all together. The last needs a loopback interface whose MTU is not small.</summary>
    private static readonly (int Segment, int Length)[] s_layouts =
    [
        (1452, 2 * 1452),
        (1452, 1452 + 40),
        (1452, 45 * 1452),
        (1452, (44 * 1452) + 1),
        (60, UdpSegmentation.MaxSegments * 60),
        (60, ((UdpSegmentation.MaxSegments - 1) * 60) + 10),
        (8972, (7 * 8972) + 500),
    ];

    private readonly SendCall _send = call ?? Send;
    private readonly Lock _testing = new();
    private readonly bool?[] _results = new bool?[2];

    /// <summary>Sends a message on a connected socket.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="message">The bytes of all datagrams.</param>
    /// <param name="segmentLength">Bytes of each datagram but the last, which may be shorter; 0: the message is one datagram.</param>
    /// <returns>False when it cannot be sent, with the reason in <c>errno</c>.</returns>
    public delegate bool SendCall(int descriptor, ReadOnlySpan<byte> message, int segmentLength);

    private enum Outcome
    {
        Right,
        Wrong,
        NotKnown,
    }

    /// <summary>Of the kernel that this process runs on.</summary>
    public static SegmentationSelfTest OfThisKernel { get; } = new();

    /// <summary>Tests when asked for the first time, which takes some milliseconds.</summary>
    /// <param name="isIPv6">The family of the outer packets.</param>
    /// <param name="name">Who asks, for a person.</param>
    /// <param name="log">Told once of a kernel that fails.</param>
    /// <returns>False when the kernel is wrong; true also where that cannot be found out.</returns>
    public bool IsPassed(bool isIPv6, string name, IEventLog log)
    {
        lock (_testing)
        {
            ref bool? result = ref _results[isIPv6 ? 1 : 0];
            return result ??= Run(isIPv6, name, log);
        }
    }

    private bool Run(bool isIPv6, string name, IEventLog log)
    {
        using SocketAddress? loopback = SocketAddress.Resolve(isIPv6 ? "::1" : "127.0.0.1", "0", isIPv6, SOCK_DGRAM, 0, out _, AI_NUMERICHOST);
        int descriptor = loopback is null ? -1 : OpenToItself(loopback);
        Outcome outcome = Outcome.NotKnown;
        (int Segment, int Length) layout = default;
        if (descriptor >= 0)
        {
            byte[] buffer = new byte[MaxDatagram];
            for (int i = 0; i < s_layouts.Length && (i == 0 || outcome == Outcome.Right); i++)
            {
                layout = s_layouts[i];
                outcome = Try(descriptor, MessageOf(layout.Length), layout.Segment, buffer);
            }

            _ = close(descriptor);
        }

        if (outcome == Outcome.NotKnown)
            log.Write(EventLevel.Debug, $"{name}: whether the kernel makes the right datagrams of a message (UDP_SEGMENT) could not be tested to the end over the loopback interface");
        if (outcome == Outcome.Wrong)
            log.Write(EventLevel.Warning, $"{name}: this kernel makes wrong datagrams of a message (UDP_SEGMENT): {layout.Length} bytes in datagrams of {layout.Segment}, sent to ourselves, came as others; frames are sent one by one. Another kernel mends that; x-gso=on uses UDP_SEGMENT all the same");
        return outcome != Outcome.Wrong;
    }

    /// <summary>A message that comes wrong may have been disturbed: so the same datagrams must come right one by one, and it must come wrong again.</summary>
    private Outcome Try(int descriptor, byte[] message, int segment, byte[] buffer)
    {
        Outcome outcome = Exchange(descriptor, message, segment, isOneCall: true, buffer);
        if (outcome != Outcome.Wrong)
            return outcome;
        return Exchange(descriptor, message, segment, isOneCall: false, buffer) == Outcome.Right
            ? Exchange(descriptor, message, segment, isOneCall: true, buffer)
            : Outcome.NotKnown;
    }

    private Outcome Exchange(int descriptor, byte[] message, int segment, bool isOneCall, byte[] buffer)
    {
        bool isSent = isOneCall ? _send(descriptor, message, segment) : message.Chunk(segment).All(datagram => Send(descriptor, datagram, 0));
        if (!isSent || !Send(descriptor, s_end, 0))
            return Outcome.NotKnown;
        bool isRight = true;
        int at = 0;
        while (true)
        {
            int length = Receive(descriptor, buffer);
            if (length < 0)
                return Outcome.NotKnown;
            ReadOnlySpan<byte> datagram = buffer.AsSpan(0, length);
            if (datagram.SequenceEqual(s_end))
                return isRight && at == message.Length ? Outcome.Right : Outcome.Wrong;
            ReadOnlySpan<byte> expected = message.AsSpan(at, Math.Min(segment, message.Length - at));
            isRight &= expected.Length > 0 && datagram.SequenceEqual(expected);
            at += expected.Length;
        }
    }

    /// <summary>Bytes by which a place in the message can be told from others.</summary>
    private static byte[] MessageOf(int length)
    {
        byte[] message = new byte[length];
        for (int i = 0; i < length; i++)
            message[i] = (byte)((i * 0x9e3779b1L) >> 24);
        return message;
    }

    /// <returns>A socket whose peer it is itself, so that nobody else can send to it; -1: there is no such interface, or no socket.</returns>
    private static int OpenToItself(SocketAddress loopback)
    {
        int descriptor = socket(loopback.Pointer->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0)
            return -1;
        DatagramSocket.EnlargeBuffers(descriptor);
        if (bind(descriptor, loopback.Pointer, loopback.Length) == 0)
        {
            using var own = SocketAddress.Of(descriptor);
            if (connect(descriptor, own.Pointer, own.Length) == 0)
                return descriptor;
        }

        _ = close(descriptor);
        return -1;
    }

    private static bool Send(int descriptor, ReadOnlySpan<byte> message, int segmentLength)
    {
        fixed (byte* bytes = message)
            return DatagramSocket.TrySet(descriptor, IPPROTO_UDP, UDP_SEGMENT, segmentLength) && send(descriptor, bytes, (size_t)message.Length, 0) == message.Length;
    }

    /// <returns>Bytes of the datagram; -1: none comes.</returns>
    private static int Receive(int descriptor, byte[] buffer)
    {
        pollfd query = new() { fd = descriptor, events = POLLIN };
        int ready;
        do
            ready = Glibc.poll(&query, 1, PatienceMilliseconds);
        while (ready < 0 && errno == EINTR);
        if (ready <= 0)
            return -1;
        fixed (byte* bytes = buffer)
            return (int)recv(descriptor, bytes, (size_t)buffer.Length, 0);
    }
}
