namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary>
/// A TCP or UDP frame in words, and its bytes, written out from the RFCs with nothing of the code under test. Its payload may be larger than
/// any packet; <see cref="Segments"/> then says what a guest without offloads would have sent.
/// </summary>
internal sealed record FrameSpec
{
    public bool IsIPv6 { get; init; }
    public bool IsUdp { get; init; }

    /// <summary>VLAN tags, with the EtherType of each: 0x88a8 then 0x8100.</summary>
    public ushort[] Tags { get; init; } = [];
    public ushort TagControl { get; init; } = 0x6007;
    public byte LastMacByte { get; init; } = 1;

    public byte[] IPOptions { get; init; } = [];

    /// <summary>IPv6 extension headers: the number of each, and its bytes, of which the first is filled in here.</summary>
    public (byte Number, byte[] Bytes)[] Extensions { get; init; } = [];
    /// <summary>Where a routing header sends the packet in the end.</summary>
    public byte[]? FinalDestination { get; init; }
    public byte[] TcpOptions { get; init; } = [];
    public byte Tos { get; init; }
    public byte Ttl { get; init; } = 64;
    public uint FlowLabel { get; init; } = 0x12345;
    public ushort Identification { get; init; } = 0x1000;

    /// <summary>Flags and fragment offset of IPv4.</summary>
    public ushort Fragment { get; init; } = 0x4000;
    public byte LastAddressByte { get; init; } = 2;
    public ushort SourcePort { get; init; } = 1234;
    public ushort DestinationPort { get; init; } = 5201;
    public uint Sequence { get; init; } = 0x0102_0304;
    public uint Acknowledgement { get; init; } = 0xa0b0_c0d0;

    /// <summary>The lower byte.</summary>
    public byte TcpFlags { get; init; } = 0x10;

    /// <summary>AE and the reserved bits beside the data offset.</summary>
    public byte ReservedBits { get; init; }
    public ushort Window { get; init; } = 501;
    public ushort UrgentPointer { get; init; }
    public byte[] Payload { get; init; } = [];

    /// <summary>Zeros behind the packet.</summary>
    public int Padding { get; init; }

    /// <summary>UDP without a checksum.</summary>
    public bool HasNoChecksum { get; init; }

    public int NetworkOffset => 14 + (4 * Tags.Length);
    public int TransportOffset => NetworkOffset + (IsIPv6 ? 40 + Extensions.Sum(each => each.Bytes.Length) : 20 + IPOptions.Length);
    public int TransportHeader => IsUdp ? 8 : 20 + TcpOptions.Length;
    public int HeaderLength => TransportOffset + TransportHeader;
    public int ChecksumOffset => IsUdp ? 6 : 16;

    /// <summary>The frame with all checksums.</summary>
    public byte[] Build()
    {
        byte[] transport = Transport();
        ushort checksum = NaiveChecksum.Of([.. Pseudo(transport.Length), .. transport]);
        if (IsUdp)
            checksum = HasNoChecksum ? (ushort)0 : checksum == 0 ? (ushort)0xffff : checksum;
        Word(checksum).CopyTo(transport, ChecksumOffset);
        return [.. Link(), .. Network(transport.Length), .. transport, .. new byte[Padding]];
    }

    /// <summary>The same with the sum of the pseudo header in place of the transport checksum, as a driver leaves it with NEEDS_CSUM.</summary>
    public byte[] BuildPartial()
    {
        byte[] transport = Transport();
        Word(NaiveChecksum.Sum(Pseudo(transport.Length))).CopyTo(transport, ChecksumOffset);
        return [.. Link(), .. Network(transport.Length), .. transport];
    }

    /// <summary>The frames that carry the same payload in pieces.</summary>
    /// <param name="size">Bytes of each piece but the last.</param>
    /// <param name="isAccurateEcn">CWR stays in each.</param>
    public FrameSpec[] Segments(int size, bool isAccurateEcn = false)
    {
        byte[][] pieces = Payload.Length == 0 ? [[]] : [.. Payload.Chunk(size)];
        return [.. pieces.Select((piece, i) => this with
        {
            Payload = piece,
            Identification = (ushort)(Identification + i),
            Sequence = Sequence + (uint)(i * size),
            TcpFlags = (byte)(TcpFlags
                & (i == pieces.Length - 1 ? 0xff : 0xff - 0x09)
                & (i == 0 || isAccurateEcn ? 0xff : 0xff - 0x80)),
        })];
    }

    private byte[] Link() =>
    [
        2, 0, 0, 0, 0, LastMacByte, 2, 0, 0, 0, 0, 0xee,
        .. Tags.SelectMany((tag, i) => Word(tag).Concat(Word((ushort)(TagControl + i)))),
        .. IsIPv6 ? new byte[] { 0x86, 0xdd } : [8, 0],
    ];

    private byte[] Network(int transportLength)
    {
        byte protocol = IsUdp ? (byte)17 : (byte)6;
        if (IsIPv6)
        {
            List<byte> extensions = [];
            for (int i = 0; i < Extensions.Length; i++)
            {
                extensions.Add(i + 1 < Extensions.Length ? Extensions[i + 1].Number : protocol);
                extensions.AddRange(Extensions[i].Bytes[1..]);
            }

            uint start = (6u << 28) | ((uint)Tos << 20) | FlowLabel;
            return
            [
                .. Word((ushort)(start >> 16)), .. Word((ushort)start), .. Word((ushort)(extensions.Count + transportLength)),
                Extensions.Length > 0 ? Extensions[0].Number : protocol, Ttl, .. Source(), .. Destination(), .. extensions,
            ];
        }

        int header = 20 + IPOptions.Length;
        byte[] ip =
        [
            (byte)(0x40 + (header / 4)), Tos, .. Word((ushort)(header + transportLength)), .. Word(Identification), .. Word(Fragment), Ttl, protocol, 0, 0,
            .. Source(), .. Destination(), .. IPOptions,
        ];
        Word(NaiveChecksum.Of(ip)).CopyTo(ip, 10);
        return ip;
    }

    private byte[] Transport() => IsUdp
        ? [.. Word(SourcePort), .. Word(DestinationPort), .. Word((ushort)(8 + Payload.Length)), 0, 0, .. Payload]
        :
        [
            .. Word(SourcePort), .. Word(DestinationPort), .. Long(Sequence), .. Long(Acknowledgement), (byte)((TransportHeader / 4 << 4) | ReservedBits), TcpFlags,
            .. Word(Window), 0, 0, .. Word(UrgentPointer), .. TcpOptions, .. Payload,
        ];

    private byte[] Pseudo(int length) => [.. Source(), .. FinalDestination ?? Destination(), .. Long((uint)length), 0, 0, 0, IsUdp ? (byte)17 : (byte)6];

    private byte[] Source() => IsIPv6 ? [0xfd, 0, .. new byte[13], 1] : [10, 0, 0, 1];

    private byte[] Destination() => IsIPv6 ? [0xfd, 0, .. new byte[13], LastAddressByte] : [10, 0, 0, LastAddressByte];

    private static byte[] Word(ushort value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Long(uint value) => [.. Word((ushort)(value >> 16)), .. Word((ushort)value)];
}
