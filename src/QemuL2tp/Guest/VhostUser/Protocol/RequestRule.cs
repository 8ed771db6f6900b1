using System.Text.Json;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>What a payload consists of; little-endian, in bytes.</summary>
internal enum PayloadForm
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>8: one number.</summary>
    Number,

    /// <summary>8: ring index, 4; value, 4.</summary>
    RingValue,

    /// <summary>8: bits 0-7 ring index, bit 8 that no descriptor comes with it, the rest 0.</summary>
    RingDescriptor,

    /// <summary>40: ring index, 4; flags, 4 (bit 0: log writes); addresses of descriptors, used ring, available ring, 8 each; guest address of the used ring for the log, 8.</summary>
    RingAddresses,

    /// <summary>8 + 32 n: number of regions n, 4; nothing, 4; regions.</summary>
    MemoryTable,

    /// <summary>40: nothing, 8; one region.</summary>
    Region,

    /// <summary>16: bytes of the log, 8; where it begins in the file, 8.</summary>
    Log,

    /// <summary>Whatever it is, it is not looked at.</summary>
    Any,
}

/// <summary>
/// Where the connection is, or the ring that a request is about: started for a device while any ring is. A ring that is disabled
/// or broken may be set up anew like one that is stopped.
/// </summary>
[Flags]
internal enum States
{
    None = 0,
    Stopped = 1,
    Started = 2,
}

/// <summary>What the front end gets for a request that was granted.</summary>
internal enum Answer
{
    /// <summary>Zero, if it asked for an answer.</summary>
    Acknowledged,

    /// <summary>An answer of its own, always.</summary>
    Own,
}

/// <summary>What becomes of a request that is well-formed and cannot be granted, when the front end did not ask for an answer.</summary>
internal enum Refusal
{
    /// <summary>The front end would go on as if it were granted: the connection ends.</summary>
    Ends,

    /// <summary>It is only told to a person.</summary>
    IsLogged,
}

/// <summary>What a request must look like and when it may come: one line of <see cref="RequestRules"/>.</summary>
/// <param name="AllowedIn">None: it has an answer of its own that we cannot give.</param>
/// <param name="Needs">Protocol features that must be negotiated.</param>
internal sealed record RequestRule(
    Request Request, PayloadForm Payload, int MinDescriptors, int MaxDescriptors, States AllowedIn, ulong Needs, Answer Answer, Refusal Refusal)
{
    /// <summary>Regions in SET_MEM_TABLE at most.</summary>
    public const int MaxTableRegions = 8;

    /// <summary>The name in the specification.</summary>
    public string Name { get; } = JsonNamingPolicy.SnakeCaseUpper.ConvertName(Request.ToString());

    public bool IsAboutRing => Payload is PayloadForm.RingValue or PayloadForm.RingDescriptor or PayloadForm.RingAddresses;

    /// <summary>Bytes of the payload.</summary>
    public (uint Least, uint Most) PayloadLength => Payload switch
    {
        PayloadForm.None => (0, 0),
        PayloadForm.Number or PayloadForm.RingValue or PayloadForm.RingDescriptor => (8, 8),
        PayloadForm.Log => (16, 16),
        PayloadForm.RingAddresses or PayloadForm.Region => (40, 40),
        PayloadForm.MemoryTable => (8, 8 + (MaxTableRegions * Memory.MemoryRegion.Length)),
        _ => (0, MessageHeader.MaxPayload),
    };
}
