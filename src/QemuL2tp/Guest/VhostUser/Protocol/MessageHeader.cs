using System.Buffers.Binary;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>In front of each message, 12 bytes, little-endian: request, 4; flags, 4; bytes of the payload, 4 (vhost-user, "Header").</summary>
/// <param name="Flags">Bits 0-1 version, bit 2 reply, bit 3 that an answer is asked for.</param>
internal readonly record struct MessageHeader(Request Request, uint Flags, uint PayloadLength)
{
    public const int Length = 12;

    /// <summary>Largest payload, also of a request that is not known.</summary>
    public const int MaxPayload = 4096;

    public const uint Version = 1;
    public const uint Reply = 1 << 2;
    public const uint NeedReply = 1 << 3;

    public bool NeedsReply => (Flags & NeedReply) != 0;

    public static MessageHeader Read(ReadOnlySpan<byte> bytes) => new(
        (Request)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Request);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], PayloadLength);
    }

    /// <returns>Null, or what is wrong, so that nothing after it can be read.</returns>
    public string? Check()
    {
        RequestRule? rule = RequestRules.Find(Request);
        string name = rule?.Name ?? $"request {(uint)Request}";
        if ((Flags & ~NeedReply) != Version)
            return $"{name} with flags 0x{Flags:x}, expected version {Version}: 0x1 or 0x9";
        (uint least, uint most) = rule?.PayloadLength ?? (0, MaxPayload);
        if (PayloadLength >= least && PayloadLength <= most)
            return null;
        return $"{name} with a payload of {PayloadLength} bytes, expected {(least == most ? $"{least}" : $"{least} to {most}")}";
    }
}
