using static System.Buffers.Binary.BinaryPrimitives;

namespace QemuL2tp.Packets;

/// <summary>
/// Puts consecutive segments of a flow together into super-frames (TSO, USO), within one batch: nothing waits for a later one. Frames are
/// offered in order; then each says how it is to be delivered. A super-frame takes the place of its first frame, and a frame
/// that cannot be merged ends what its flow has so far, so no frame overtakes another of its flow. What cannot be told to belong to a
/// flow (other protocols, fragments, whatever is malformed) ends all.
/// </summary>
/// <remarks>
/// Only frames that a <see cref="Segmenter"/> would make of the super-frame again, bit for bit, are merged: the guest may be a router.
/// Memory is taken at construction and never after.
/// </remarks>
/// <param name="capacity">Frames in a batch at most.</param>
internal sealed unsafe class Coalescer(int capacity)
{
    /// <summary>Flows that may have a super-frame in the making at one time. With more, the one begun longest ago stays as it is.</summary>
    public const int MaxFlows = 16;

    /// <summary>Frames of one super-frame at most.</summary>
    public const int MaxFrames = Segmenter.MaxDatagrams;

    /// <summary>Bytes of a super-frame at most: what fits, with its header, the smallest buffers of drivers that take any (virtio 1.3, 5.1.6.3.1).</summary>
    public const int MaxFrameLength = 65550;

    private const int MaxIpLength = 65535;
    private const byte Psh = 0x08;
    private const byte Ack = 0x10;

    private readonly CoalescedFrame[] _frames = new CoalescedFrame[capacity];
    private readonly HeldFlow[] _held = new HeldFlow[MaxFlows];
    private int _heldCount;

    /// <summary>A flow whose last frame may have a successor.</summary>
    private struct HeldFlow
    {
        public Flow Flow;

        /// <summary>The first frame of its super-frame.</summary>
        public int First;

        /// <summary>The latest frame of it.</summary>
        public int Last;

        /// <summary>TCP: the sequence number that comes next.</summary>
        public uint Sequence;

        /// <summary>IPv4: the identification that comes next.</summary>
        public ushort Identification;
    }

    /// <summary>What the guest takes now. Whatever is not in it is delivered as it is.</summary>
    public GsoTypes Types { get; set; }

    /// <summary>Frames offered since <see cref="Clear"/>.</summary>
    public int Count { get; private set; }

    /// <summary>What has become of a frame, in the order in which they were offered. Final when all are offered.</summary>
    public ref readonly CoalescedFrame this[int index] => ref _frames[index];

    /// <summary>Forgets the batch before.</summary>
    public void Clear() => Count = _heldCount = 0;

    /// <summary>Offers the next frame, whose memory must stay as it is until the batch is delivered.</summary>
    /// <param name="fragments">The frame. Its headers must be in the first fragment for it to be merged.</param>
    /// <param name="count">Number of fragments.</param>
    /// <param name="length">Bytes of the frame.</param>
    public void Offer(PacketFragment* fragments, int count, int length)
    {
        int index = Count++;
        ref CoalescedFrame frame = ref _frames[index];
        frame.Delivery = Delivery.AsItIs;
        frame.Next = CoalescedFrame.None;
        frame.Start = null;
        if (count == 0 || fragments->Length < (nuint)Math.Min(length, PacketHeaders.MaxLength))
            OfferSpread(ref frame, new FragmentReader(fragments, count), length);
        else
            OfferWhole(index, fragments->Base, new FragmentReader(fragments, count), length);
    }

    /// <summary>Writes the headers of a super-frame: lengths, flags, IPv4 checksum, and the sum of the pseudo header in the checksum field.</summary>
    /// <param name="index">A frame whose delivery is <see cref="Delivery.SuperFrame"/>.</param>
    /// <param name="into">Room for <see cref="CoalescedFrame.HeaderLength"/> bytes; may be where the frame's own headers are.</param>
    /// <returns>What the guest is told; <c>hdr_len</c> is <see cref="CoalescedFrame.HeaderLength"/>.</returns>
    public PacketOffload WriteHeader(int index, byte* into)
    {
        ref readonly CoalescedFrame frame = ref _frames[index];
        PacketHeaders headers = frame.Headers;
        Buffer.MemoryCopy(frame.Start, into, headers.Length, headers.Length);
        int ipLength = headers.Length - headers.NetworkOffset + frame.PayloadLength;
        Span<byte> ip = new(into + headers.NetworkOffset, headers.NetworkLength);
        if (headers.IsIPv6)
        {
            WriteUInt16BigEndian(ip[4..], (ushort)(ipLength - headers.NetworkLength));
        }
        else
        {
            ushort checksum = Checksum.Update(ReadUInt16BigEndian(ip[10..]), (ushort)headers.IpLength, (ushort)ipLength);
            WriteUInt16BigEndian(ip[2..], (ushort)ipLength);
            WriteUInt16BigEndian(ip[10..], checksum);
        }

        int length = ipLength - headers.NetworkLength;
        Span<byte> transport = new(into + headers.TransportOffset, headers.Length - headers.TransportOffset);
        if (headers.IsTcp)
            transport[13] = frame.LastFlags;
        else
            WriteUInt16BigEndian(transport[4..], (ushort)length);
        WriteUInt16BigEndian(transport[headers.ChecksumOffset..], (ushort)Checksum.Fold(PseudoHeader.Sum(into, headers, length)));
        return new PacketOffload
        {
            NeedsChecksum = true,
            Type = !headers.IsTcp ? GsoType.Udp : headers.IsIPv6 ? GsoType.Tcp6 : GsoType.Tcp4,
            SegmentSize = (ushort)frame.SegmentSize,
            ChecksumStart = headers.TransportOffset,
            ChecksumOffset = (ushort)headers.ChecksumOffset,
        };
    }

    /// <summary>Tells where a frame is in its flow.</summary>
    /// <param name="index">Which frame.</param>
    /// <param name="flow">Whose it is.</param>
    /// <param name="sequence">The number of its first byte.</param>
    /// <returns>False: it is not a TCP segment that could have been merged.</returns>
    public bool IsSegment(int index, out Flow flow, out uint sequence)
    {
        ref readonly CoalescedFrame frame = ref _frames[index];
        bool isSegment = frame.Start is not null && frame.Headers.IsTcp;
        flow = isSegment ? Flow.Of(frame.Start, frame.Headers) : default;
        sequence = isSegment ? LongAt(frame.Start + frame.Headers.TransportOffset + 4) : 0;
        return isSegment;
    }

    /// <summary>A frame whose headers may lie in several fragments. They are rare; it is not merged.</summary>
    private void OfferSpread(ref CoalescedFrame frame, FragmentReader fragments, int length)
    {
        byte* start = stackalloc byte[PacketHeaders.MaxLength];
        FragmentReader reader = fragments;
        int copied = reader.CopyTo(start, Math.Min(length, PacketHeaders.MaxLength));
        if (PacketHeaders.Parse(new ReadOnlySpan<byte>(start, copied), length, out PacketHeaders headers) != PacketFault.None)
        {
            _heldCount = 0;
            return;
        }

        if (ChecksumCheck.Of(start, headers, fragments, length) != ChecksumResult.NotVerified)
            frame.Delivery = Delivery.Verified;
        int held = Find(Flow.Of(start, headers));
        if (held >= 0)
            LetGo(held);
    }

    private void OfferWhole(int index, byte* start, FragmentReader fragments, int length)
    {
        ref CoalescedFrame frame = ref _frames[index];
        ReadOnlySpan<byte> beginning = new(start, Math.Min(length, PacketHeaders.MaxLength));
        if (PacketHeaders.Parse(beginning, length, out PacketHeaders headers) != PacketFault.None)
        {
            _heldCount = 0;
            return;
        }

        ChecksumResult checksum = ChecksumCheck.Of(start, headers, fragments, length);
        if (checksum != ChecksumResult.NotVerified)
            frame.Delivery = Delivery.Verified;
        Flow flow = Flow.Of(start, headers);
        int held = Find(flow);
        int payload = length - headers.Length;
        if (checksum != ChecksumResult.Exact || !MayBeMerged(start, headers, length))
        {
            if (held >= 0)
                LetGo(held);
            return;
        }

        frame.Start = start;
        frame.Headers = headers;
        frame.HeaderLength = headers.Length;
        if (held >= 0 && Follows(_held[held], start, headers, payload))
        {
            Merge(held, index, payload);
            return;
        }

        if (held >= 0)
            LetGo(held);
        if (!EndsGroup(frame))
            Hold(flow, index, payload);
    }

    /// <summary>All that can be said without looking at another frame.</summary>
    private bool MayBeMerged(byte* start, in PacketHeaders headers, int length)
    {
        GsoTypes type = headers.IsTcp ? (headers.IsIPv6 ? GsoTypes.Tcp6 : GsoTypes.Tcp4) : headers.IsIPv6 ? GsoTypes.Udp6 : GsoTypes.Udp4;
        if ((Types & type) == 0 || headers.HasOptions)
            return false;
        // Neither padding behind the packet, which would not come again, nor an empty payload.
        if (headers.NetworkOffset + headers.IpLength != length || length == headers.Length || length > MaxFrameLength)
            return false;
        // IPv4: of the flags only "don't fragment".
        if (!headers.IsIPv6 && (start[headers.NetworkOffset + 6] & 0xbf) != 0)
            return false;
        byte* transport = start + headers.TransportOffset;
        // ACK, PSH, and nothing else; the reserved bits are beside the data offset.
        return !headers.IsTcp || ((transport[12] & 0x0f) == 0 && (transport[13] & ~Psh) == Ack);
    }

    /// <summary>Whether a frame continues what is held: equal in all that a segment inherits, and next in what counts up.</summary>
    private bool Follows(in HeldFlow held, byte* start, in PacketHeaders headers, int payload)
    {
        ref readonly CoalescedFrame first = ref _frames[held.First];
        int total = first.Headers.Length + first.PayloadLength + payload;
        if (payload > first.SegmentSize || first.Count == MaxFrames || total > MaxFrameLength || total - headers.NetworkOffset > MaxIpLength)
            return false;
        int network = headers.NetworkOffset;
        // Ethernet addresses and VLAN tags; the lengths of the headers, options included.
        if (network != first.Headers.NetworkOffset || headers.Length != first.Headers.Length || !AreEqual(first.Start, start, 0, network))
            return false;
        // IPv6: version, traffic class, flow label; hop limit. IPv4: version, IHL, TOS; flags, TTL.
        bool isEqual = headers.IsIPv6
            ? AreEqual(first.Start, start, network, 4) && AreEqual(first.Start, start, network + 6, 2)
            : AreEqual(first.Start, start, network, 2) && AreEqual(first.Start, start, network + 6, 4) && WordAt(start + network + 4) == held.Identification;
        if (!isEqual || !headers.IsTcp)
            return isEqual;
        int tcp = headers.TransportOffset;
        // Acknowledgement number and data offset; window; urgent pointer and options.
        return LongAt(start + tcp + 4) == held.Sequence && AreEqual(first.Start, start, tcp + 8, 5) && AreEqual(first.Start, start, tcp + 14, 2)
            && AreEqual(first.Start, start, tcp + 18, headers.Length - tcp - 18);
    }

    private void Merge(int at, int index, int payload)
    {
        ref HeldFlow held = ref _held[at];
        ref CoalescedFrame first = ref _frames[held.First];
        ref CoalescedFrame frame = ref _frames[index];
        first.Delivery = Delivery.SuperFrame;
        first.Count++;
        first.PayloadLength += payload;
        first.LastFlags = FlagsOf(frame);
        frame.Delivery = Delivery.Follower;
        _frames[held.Last].Next = index;
        held.Last = index;
        held.Sequence += (uint)payload;
        held.Identification++;
        if (payload < first.SegmentSize || EndsGroup(frame))
            LetGo(at);
    }

    private void Hold(in Flow flow, int index, int payload)
    {
        ref CoalescedFrame first = ref _frames[index];
        first.Count = 1;
        first.SegmentSize = first.PayloadLength = payload;
        if (_heldCount == MaxFlows)
            LetGo(0);
        byte* transport = first.Start + first.Headers.TransportOffset;
        _held[_heldCount++] = new HeldFlow
        {
            Flow = flow,
            First = index,
            Last = index,
            Sequence = first.Headers.IsTcp ? LongAt(transport + 4) + (uint)payload : 0,
            Identification = (ushort)(WordAt(first.Start + first.Headers.NetworkOffset + 4) + 1),
        };
    }

    private int Find(in Flow flow)
    {
        for (int i = 0; i < _heldCount; i++)
        {
            if (_held[i].Flow.IsSameAs(flow))
                return i;
        }

        return -1;
    }

    /// <summary>Nothing more is merged to this one. The others keep their order, by age.</summary>
    private void LetGo(int at)
    {
        _heldCount--;
        for (int i = at; i < _heldCount; i++)
            _held[i] = _held[i + 1];
    }

    private static bool EndsGroup(in CoalescedFrame frame) => frame.Headers.IsTcp && (FlagsOf(frame) & Psh) != 0;

    private static byte FlagsOf(in CoalescedFrame frame) => frame.Headers.IsTcp ? frame.Start[frame.Headers.TransportOffset + 13] : (byte)0;

    private static bool AreEqual(byte* first, byte* second, int at, int length) =>
        new ReadOnlySpan<byte>(first + at, length).SequenceEqual(new ReadOnlySpan<byte>(second + at, length));

    private static ushort WordAt(byte* at) => ReadUInt16BigEndian(new ReadOnlySpan<byte>(at, 2));

    private static uint LongAt(byte* at) => ReadUInt32BigEndian(new ReadOnlySpan<byte>(at, 4));
}
