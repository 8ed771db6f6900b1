using System.Buffers.Binary;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Protocol;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A message of a front end; nothing in it need be right.</summary>
/// <param name="Descriptors">Stay open here.</param>
internal sealed record MockMessage(Request Request, byte[] Payload, params int[] Descriptors)
{
    private static readonly Request[] s_answered =
    [
        Request.GetFeatures, Request.GetProtocolFeatures, Request.GetQueueNum, Request.GetMaxMemSlots, Request.SetLogBase, Request.GetVringBase,
    ];

    public uint Flags { get; init; } = 1;

    /// <summary>Whether a reply comes when the back end has REPLY_ACK.</summary>
    public bool HasReply => s_answered.Contains(Request) || (Flags & 8) != 0;

    public byte[] Bytes => [.. UInt32s((uint)Request, Flags, (uint)Payload.Length), .. Payload];

    public MockMessage WithNeedReply() => s_answered.Contains(Request) ? this : this with { Flags = 9 };

    public static MockMessage Empty(Request request) => new(request, []);

    public static MockMessage Number(Request request, ulong value, params int[] descriptors) => new(request, UInt64s(value), descriptors);

    public static MockMessage RingValue(Request request, int ring, uint value) => new(request, UInt32s((uint)ring, value));

    /// <summary>SET_VRING_KICK, CALL or ERR; without a descriptor it says so.</summary>
    public static MockMessage RingDescriptor(Request request, int ring, params int[] descriptors) =>
        new(request, UInt64s((uint)ring | (descriptors.Length == 0 ? 0x100u : 0)), descriptors);

    public static MockMessage RingAddresses(int ring, ulong desc, ulong used, ulong avail, bool isLogged, ulong log) =>
        new(Request.SetVringAddr, [.. UInt32s((uint)ring, isLogged ? 1u : 0), .. UInt64s(desc, used, avail, log)]);

    /// <summary>With the addresses that the ring's layout has in QEMU's process.</summary>
    public static MockMessage RingAddresses(QemuRing ring, IReadOnlyList<MemoryRegion> regions, bool isLogged = false)
    {
        RingLayout layout = ring.Layout;
        return RingAddresses(ring.Index, UserAddressOf(layout.Desc), UserAddressOf(layout.Used), UserAddressOf(layout.Avail), isLogged, layout.Used);

        ulong UserAddressOf(ulong guestAddress) => GuestRam.UserAddressOf(regions, guestAddress);
    }

    public static MockMessage MemoryTable(IReadOnlyList<MemoryRegion> regions, params int[] descriptors) =>
        new(Request.SetMemTable, [.. UInt32s((uint)regions.Count, 0), .. regions.SelectMany(Region)], descriptors);

    public static MockMessage AddRegion(MemoryRegion region, int descriptor) => new(Request.AddMemReg, [.. UInt64s(0), .. Region(region)], descriptor);

    /// <summary>QEMU leaves the offset out.</summary>
    public static MockMessage RemoveRegion(MemoryRegion region) => new(Request.RemMemReg, [.. UInt64s(0), .. Region(region with { FileOffset = 0 })]);

    public static MockMessage LogBase(ulong size, ulong offset, int descriptor) => new(Request.SetLogBase, UInt64s(size, offset), descriptor);

    public static byte[] UInt64s(params ulong[] values)
    {
        byte[] bytes = new byte[8 * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8 * i), values[i]);
        return bytes;
    }

    public static byte[] UInt32s(params uint[] values)
    {
        byte[] bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), values[i]);
        return bytes;
    }

    private static byte[] Region(MemoryRegion region) => UInt64s(region.GuestAddress, region.Size, region.UserAddress, region.FileOffset);
}
