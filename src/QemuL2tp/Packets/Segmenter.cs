using static System.Buffers.Binary.BinaryPrimitives;

namespace QemuL2tp.Packets;

/// <summary>
/// Cuts a super-frame (TSO, USO) into the frames that a guest without these offloads would have sent. Only headers are written; the
/// payload stays where it is, and its sum is taken once.
/// </summary>
internal static unsafe class Segmenter
{
    /// <summary>Datagrams of one super-frame at most, as in Linux (UDP_MAX_SEGMENTS).</summary>
    public const int MaxDatagrams = 128;

    /// <summary>What the length field of IP can say.</summary>
    private const int MaxIpLength = 65535;
    private const int IPv6Header = 40;

    private const ushort Fin = 0x001;
    private const ushort Psh = 0x008;
    private const ushort Cwr = 0x080;

    /// <summary>Checks what the guest says against the headers, and divides the payload: all that follows the headers in the frame.</summary>
    /// <remarks>
    /// The length fields of IP and UDP are not read: they have 16 bits, some drivers leave 0 in them, and each segment gets its own.
    /// </remarks>
    /// <param name="headers">Of the super-frame; <see cref="PacketHeaders.Parse"/> found no fault.</param>
    /// <param name="offload">Of a type that was negotiated.</param>
    /// <param name="frameLength">Bytes of the super-frame.</param>
    /// <param name="maxSegments">Most segments that the caller has room for.</param>
    /// <param name="plan">What to give to <see cref="WriteHeaders"/>.</param>
    public static PacketFault Plan(in PacketHeaders headers, in PacketOffload offload, int frameLength, int maxSegments, out SegmentPlan plan)
    {
        plan = default;
        bool isOfType = offload.Type switch
        {
            GsoType.Tcp4 => headers is { IsTcp: true, IsIPv6: false },
            GsoType.Tcp6 => headers is { IsTcp: true, IsIPv6: true },
            GsoType.Udp => !headers.IsTcp,
            _ => false,
        };
        if (!isOfType)
            return PacketFault.BadGsoType;
        if (!offload.NeedsChecksum)
            return PacketFault.ChecksumNotRequested;
        if (offload.ChecksumStart != headers.TransportOffset || offload.ChecksumOffset != headers.ChecksumOffset)
            return PacketFault.BadChecksumPlace;
        // 0xffff means something else inside Linux (GSO_BY_FRAGS), which refuses it too.
        if (offload.SegmentSize is 0 or 0xffff)
            return PacketFault.BadSegmentSize;

        int payload = frameLength - headers.Length;
        int size = Math.Min(offload.SegmentSize, payload);
        int ipHeader = headers.Length - headers.NetworkOffset - (headers.IsIPv6 ? IPv6Header : 0);
        if (ipHeader + size > MaxIpLength)
            return PacketFault.BadSegmentSize;
        int count = size == 0 ? 1 : (payload + size - 1) / size;
        if (count > (headers.IsTcp ? maxSegments : Math.Min(maxSegments, MaxDatagrams)))
            return PacketFault.TooManySegments;

        plan = new SegmentPlan
        {
            Count = count,
            SegmentSize = size,
            LastSize = payload - ((count - 1) * size),
            HeaderLength = headers.Length,
            IsAccurateEcn = offload.IsAccurateEcn,
        };
        return PacketFault.None;
    }

    /// <summary>Writes the headers of all segments, with complete checksums.</summary>
    /// <param name="template">The super-frame's headers, a copy that is the caller's own; what differs between segments is set to 0 in it.</param>
    /// <param name="headers">Where in it they are.</param>
    /// <param name="plan">What <see cref="Plan"/> has made of them.</param>
    /// <param name="payload">At the payload's first byte. The guest may write to it meanwhile, and then gets a wrong checksum, no more.</param>
    /// <param name="arena">Where the headers go: that of segment i to <c>arena + i × stride</c>.</param>
    /// <param name="stride">At least <see cref="SegmentPlan.HeaderLength"/> bytes.</param>
    public static void WriteHeaders(byte* template, in PacketHeaders headers, in SegmentPlan plan, FragmentReader payload, byte* arena, int stride)
    {
        IpTemplate ip = new(template, headers);
        TransportTemplate transport = new(template, headers);
        for (int i = 0; i < plan.Count; i++, arena += stride)
        {
            int length = plan.PayloadOf(i);
            Buffer.MemoryCopy(template, arena, stride, plan.HeaderLength);
            ip.Write(arena, headers, i, length);
            uint sum = payload.Sum((nuint)length);
            if (headers.IsTcp)
                transport.WriteTcp(arena, headers, plan, i, length, sum);
            else
                transport.WriteUdp(arena, headers, length, sum);
        }
    }

    /// <summary>What the IP headers of all segments have in common.</summary>
    private readonly ref struct IpTemplate
    {
        private readonly ushort _identification;
        private readonly uint _sum;

        public IpTemplate(byte* template, in PacketHeaders headers)
        {
            if (headers.IsIPv6)
                return;
            Span<byte> ip = new(template + headers.NetworkOffset, headers.NetworkLength);
            _identification = ReadUInt16BigEndian(ip[4..]);
            ip.Slice(2, 4).Clear();
            ip.Slice(10, 2).Clear();
            _sum = Checksum.Sum(template + headers.NetworkOffset, (nuint)headers.NetworkLength);
        }

        public void Write(byte* frame, in PacketHeaders headers, int index, int payload)
        {
            Span<byte> ip = new(frame + headers.NetworkOffset, headers.NetworkLength);
            int length = headers.Length - headers.NetworkOffset + payload;
            if (headers.IsIPv6)
            {
                WriteUInt16BigEndian(ip[4..], (ushort)(length - IPv6Header));
                return;
            }

            ushort identification = (ushort)(_identification + index);
            WriteUInt16BigEndian(ip[2..], (ushort)length);
            WriteUInt16BigEndian(ip[4..], identification);
            WriteUInt16BigEndian(ip[10..], Checksum.Finish(_sum + (uint)length + identification));
        }
    }

    /// <summary>What the transport headers of all segments have in common.</summary>
    private readonly ref struct TransportTemplate
    {
        private readonly uint _sequence;
        private readonly ushort _flags;

        /// <summary>Of the header and the pseudo header, without what differs.</summary>
        private readonly uint _sum;

        public TransportTemplate(byte* template, in PacketHeaders headers)
        {
            int length = headers.Length - headers.TransportOffset;
            Span<byte> header = new(template + headers.TransportOffset, length);
            if (headers.IsTcp)
            {
                _sequence = ReadUInt32BigEndian(header[4..]);
                _flags = ReadUInt16BigEndian(header[12..]);
                header.Slice(4, 4).Clear();
                header.Slice(12, 2).Clear();
                header.Slice(16, 2).Clear();
            }
            else
            {
                header.Slice(4, 4).Clear();
            }

            _sum = Checksum.Sum(template + headers.TransportOffset, (nuint)length) + PseudoHeader.Sum(template, headers, 0);
        }

        public void WriteTcp(byte* frame, in PacketHeaders headers, in SegmentPlan plan, int index, int payload, uint payloadSum)
        {
            int length = headers.Length - headers.TransportOffset;
            Span<byte> tcp = new(frame + headers.TransportOffset, length);
            uint sequence = _sequence + ((uint)index * (uint)plan.SegmentSize);
            ushort flags = _flags;
            if (index < plan.Count - 1)
                flags &= unchecked((ushort)~(Fin | Psh));
            if (index > 0 && !plan.IsAccurateEcn)
                flags &= unchecked((ushort)~Cwr);
            WriteUInt32BigEndian(tcp[4..], sequence);
            WriteUInt16BigEndian(tcp[12..], flags);
            WriteUInt16BigEndian(tcp[16..], Checksum.Finish(_sum + Checksum.SumOf(sequence) + flags + (uint)(length + payload) + payloadSum));
        }

        public void WriteUdp(byte* frame, in PacketHeaders headers, int payload, uint payloadSum)
        {
            Span<byte> udp = new(frame + headers.TransportOffset, headers.Length - headers.TransportOffset);
            ushort length = (ushort)(udp.Length + payload);
            // Once in the header, once in the pseudo header.
            ushort checksum = Checksum.Finish(_sum + (2u * length) + payloadSum);
            WriteUInt16BigEndian(udp[4..], length);
            WriteUInt16BigEndian(udp[6..], checksum == 0 ? (ushort)0xffff : checksum);
        }
    }
}
