using System.Runtime.InteropServices;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>
/// Which frames may leave as one message that the kernel cuts into datagrams of equal size (UDP_SEGMENT, Linux 4.18): the
/// switch, the path's MTU, and the step back when the kernel or the device refuses.
/// </summary>
internal sealed class UdpSegmentation
{
    /// <summary>Datagrams in one message (UDP_MAX_SEGMENTS of Linux before 6.2, and no fewer since).</summary>
    public const int MaxSegments = 64;

    private const int UdpHeaderLength = 8;
    private const int EthernetHeaderLength = 14;

    /// <summary>A path that is too narrow is looked at again after so long, and what was refused is tried again.</summary>
    private const long IntervalMilliseconds = 10_000;

    private readonly Func<int> _pathMtu;
    private readonly Action<string> _tell;
    private readonly Func<long> _clock;
    private readonly int _outerHeaderLength;
    private readonly bool _isOn;
    private bool _hasToldOfPath;
    private bool _hasToldOfRefusal;
    private int _mtu;
    private int _refusal;
    private long _nextLook;

    /// <param name="isOn">Whether to use it at all.</param>
    /// <param name="isIPv6">The family of the outer packets.</param>
    /// <param name="pathMtu">Finds the MTU of the path to the peer, in bytes, IP header included; <see cref="int.MaxValue"/> when there is no route, or no source address, now.</param>
    /// <param name="tell">Told, once each, that packets are fragmented and that the kernel refused.</param>
    /// <param name="clock">Milliseconds; null: since the system's start.</param>
    public UdpSegmentation(bool isOn, bool isIPv6, Func<int> pathMtu, Action<string> tell, Func<long>? clock = null)
    {
        _pathMtu = pathMtu;
        _tell = tell;
        _clock = clock ?? (() => Environment.TickCount64);
        _outerHeaderLength = (isIPv6 ? 40 : 20) + UdpHeaderLength;
        MaxMessageLength = isIPv6 ? 65527 : 65507;
        _isOn = isOn;
        if (isOn)
            Look();
    }

    /// <summary>Every frame goes alone.</summary>
    public static UdpSegmentation Off { get; } = new(false, isIPv6: false, () => 0, _ => { });

    /// <summary>Bytes of one message, all its datagrams together.</summary>
    public int MaxMessageLength { get; }

    /// <summary>Bytes of the largest datagram that may be one of several; 0: none may.</summary>
    public int MaxSegmentLength { get; private set; }

    /// <summary>Whether it is used. For any thread.</summary>
    public OffloadMode Mode => _refusal != 0 ? OffloadMode.Refused : _isOn ? OffloadMode.On : OffloadMode.Off;

    /// <summary>What the kernel said when it refused; null: it has not. For any thread.</summary>
    public string? Refusal => _refusal is not 0 and int refusal ? Marshal.GetPInvokeErrorMessage(refusal) : null;

    /// <summary>Bytes of the largest packet on the way to the peer, IP header included; 0: not known, or not looked for. For any thread.</summary>
    public int PathMtu => _mtu is int.MaxValue ? 0 : _mtu;

    /// <summary>
    /// A datagram is longer than <see cref="MaxSegmentLength"/>: looks from time to time whether that still holds. While the kernel
    /// refuses, any datagram is.
    /// </summary>
    /// <param name="length">Bytes of the datagram.</param>
    /// <param name="frameLength">Bytes of the frame in it.</param>
    public void OnTooLong(int length, int frameLength)
    {
        if (!_isOn)
            return;
        if (_clock() >= _nextLook)
            Look();
        if (length <= MaxSegmentLength || _hasToldOfPath || _refusal != 0)
            return;
        _hasToldOfPath = true;
        _tell($"frames of {frameLength} bytes make packets of {length + _outerHeaderLength}, above the MTU of {_mtu} on the way to the peer: each is fragmented and sent alone; an MTU of {_mtu - _outerHeaderLength - (length - frameLength) - EthernetHeaderLength} in the guest, or less, avoids that");
    }

    /// <summary>The kernel has refused a message of several datagrams.</summary>
    /// <param name="error">What the send call reported.</param>
    /// <param name="length">Bytes of its largest datagram.</param>
    /// <param name="isRepeated">The message that begins with the same frame was refused before, and the answer was true.</param>
    /// <returns>True when the same frames can go, divided anew.</returns>
    public bool TryStepBack(int error, int length, bool isRepeated)
    {
        if (error != EIO && error != EINVAL && error != EMSGSIZE)
            return false;
        // The path may have become narrower since it was looked at.
        Look();
        // Without a source address or a route (some kernels say EINVAL then) no datagram of the message could be sent alone either.
        if (_mtu == int.MaxValue && error != EIO)
            return false;
        // A source address or a route that has come back since the call looks like a refusal: the same is tried once more.
        if (error != EIO && (length > MaxSegmentLength || !isRepeated))
            return true;
        // A device may learn again what it cannot do now (ethtool -K).
        MaxSegmentLength = 0;
        _refusal = error;
        if (!_hasToldOfRefusal)
            _tell($"the kernel refuses to cut messages into datagrams (UDP_SEGMENT: {Marshal.GetPInvokeErrorMessage(error)}): frames are sent one by one, and it is tried again every {IntervalMilliseconds / 1000} s; x-gso=off spares the attempt");
        _hasToldOfRefusal = true;
        return true;
    }

    /// <summary>What the path depends on has changed: looks at it now.</summary>
    public void LookAgain()
    {
        if (_isOn)
            Look();
    }

    private void Look()
    {
        _refusal = 0;
        _nextLook = _clock() + IntervalMilliseconds;
        _mtu = _pathMtu();
        MaxSegmentLength = Math.Max(0, Math.Min(_mtu, ushort.MaxValue) - _outerHeaderLength);
    }
}
