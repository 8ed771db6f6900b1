using System.Buffers.Binary;
using QemuL2tp.Guest.VhostUser.Memory;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>One message of the front end. Its bytes are a copy that nobody else can change.</summary>
internal sealed class Message
{
    /// <summary>Header and payload.</summary>
    public byte[] Bytes { get; } = new byte[MessageHeader.Length + MessageHeader.MaxPayload];

    public MessageHeader Header { get; set; }

    public ReceivedDescriptors Descriptors { get; } = new();

    public ReadOnlySpan<byte> Payload => Bytes.AsSpan(MessageHeader.Length, (int)Header.PayloadLength);

    /// <summary>Four bytes of the payload as a number.</summary>
    public uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Payload[offset..]);

    /// <summary>Eight bytes of the payload as a number.</summary>
    public ulong UInt64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Payload[offset..]);

    /// <summary>Request and main value, for a person.</summary>
    public string Describe(RequestRule? rule) => rule?.Payload switch
    {
        null => $"request {(uint)Header.Request}",
        PayloadForm.Number => $"{rule.Name} 0x{UInt64(0):x}",
        PayloadForm.RingValue => $"{rule.Name} of ring {UInt32(0)}: {UInt32(4)}",
        PayloadForm.RingDescriptor => $"{rule.Name} of ring {UInt64(0) & 0xff}",
        PayloadForm.RingAddresses => $"{rule.Name} of ring {UInt32(0)}",
        PayloadForm.Region => $"{rule.Name} of {MemoryRegion.Read(Payload[8..])}",
        _ => rule.Name,
    };
}
