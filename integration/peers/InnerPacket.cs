using static System.Buffers.Binary.BinaryPrimitives;

namespace QemuL2tp.Integration.Peers;

/// <summary>A TCP segment or UDP datagram in a frame without VLAN tags, IP options or extension headers, read from the RFCs by simple loops.</summary>
internal sealed class InnerPacket
{
    private const int NetworkOffset = 14;
    private readonly byte[] _frame;
    private readonly bool _isIPv6;
    private readonly int _transport;

    private InnerPacket(byte[] frame, bool isIPv6)
    {
        _frame = frame;
        _isIPv6 = isIPv6;
        _transport = NetworkOffset + (isIPv6 ? 40 : 20);
    }

    public bool IsTcp => _frame[_isIPv6 ? 20 : 23] == 6;

    public int SourcePort => ReadUInt16BigEndian(_frame.AsSpan(_transport));

    public uint Sequence => ReadUInt32BigEndian(_frame.AsSpan(_transport + 4));

    public byte[] Payload => _frame[(_transport + (IsTcp ? (_frame[_transport + 12] >> 4) * 4 : 8))..End];

    /// <summary>Bytes of the IP packet.</summary>
    public int Length => _isIPv6 ? 40 + ReadUInt16BigEndian(_frame.AsSpan(18)) : ReadUInt16BigEndian(_frame.AsSpan(16));

    /// <summary>All that does not change from one segment of a connection to the next: traffic class, flags and fragment offset, TTL, TCP flags but PSH, the kinds of TCP options.</summary>
    public string Shape => string.Join(
        ' ',
        _isIPv6 ? $"{(ReadUInt16BigEndian(_frame.AsSpan(14)) >> 4) & 0xff:x} {_frame[21]}" : $"{_frame[15]:x} {_frame[20]:x2}{_frame[21]:x2} {_frame[22]}",
        IsTcp ? $"{_frame[_transport + 13] & ~8:x} {string.Join(',', OptionKinds())}" : "udp");

    /// <summary>All bytes that a router leaves as they are; without the addresses of Ethernet, TTL or hop limit, and the checksum over it.</summary>
    public string Routed
    {
        get
        {
            byte[] rest = _frame[12..End];
            int at = NetworkOffset - 12;
            if (_isIPv6)
                rest[at + 7] = 0;
            else
                rest[at + 8] = rest[at + 10] = rest[at + 11] = 0;
            return Convert.ToHexString(rest);
        }
    }

    /// <summary>All bytes of the frame.</summary>
    public string Bridged => Convert.ToHexString(_frame);

    private int End => NetworkOffset + Length;

    /// <summary>Null: something else.</summary>
    public static InnerPacket? TryRead(byte[] frame)
    {
        bool isIPv4 = frame.Length >= 42 && frame[12] == 8 && frame[13] == 0 && frame[14] == 0x45 && frame[23] is 6 or 17;
        bool isIPv6 = frame.Length >= 62 && frame[12] == 0x86 && frame[13] == 0xdd && frame[20] is 6 or 17;
        return isIPv4 || isIPv6 ? new InnerPacket(frame, isIPv6) : null;
    }

    /// <summary>Fails unless lengths and checksums are right.</summary>
    public void AssertComplete()
    {
        Assert.That(End, Is.LessThanOrEqualTo(_frame.Length), "the frame has all of the packet");
        if (!_isIPv6)
            Assert.That(Sum(_frame.AsSpan(NetworkOffset, 20), 0), Is.EqualTo(0xffff), "IPv4 header checksum");
        int length = End - _transport;
        if (!IsTcp)
            Assert.That((int)ReadUInt16BigEndian(_frame.AsSpan(_transport + 4)), Is.EqualTo(length), "UDP length");
        uint pseudo = (uint)length + (IsTcp ? 6u : 17u);
        Span<byte> addresses = _isIPv6 ? _frame.AsSpan(22, 32) : _frame.AsSpan(26, 8);
        Assert.That(Sum(_frame.AsSpan(_transport, length), pseudo + Sum(addresses, 0)), Is.EqualTo(0xffff), "transport checksum");
    }

    private IEnumerable<int> OptionKinds()
    {
        int end = _transport + ((_frame[_transport + 12] >> 4) * 4);
        for (int at = _transport + 20; at < end; at += _frame[at] <= 1 ? 1 : _frame[at + 1])
            yield return _frame[at];
    }

    private static uint Sum(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (int i = 0; i < bytes.Length; i++)
            sum += i % 2 == 0 ? (uint)bytes[i] << 8 : bytes[i];
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return sum;
    }
}
