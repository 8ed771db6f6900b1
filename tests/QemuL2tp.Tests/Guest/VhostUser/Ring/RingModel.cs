using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

/// <summary>A descriptor as a test writes it; the link is next (split) or id (packed).</summary>
internal readonly record struct ModelDescriptor(ulong Address, uint Length, ushort Flags, ushort Link);

/// <summary>What the next take must answer.</summary>
internal readonly record struct ModelAnswer(TakeResult Result, RingFault Fault, int Id = 0, int Slots = 0, params (ulong Address, uint Length)[] Pieces);

/// <summary>
/// The rules of a chain written down in the plainest way, to compare the device with. Memory is one region; addresses of
/// indirect tables are looked up in a dictionary.
/// </summary>
/// <param name="Tables">The indirect tables that exist, by their address.</param>
internal sealed record RingModel(
    ulong MemoryStart, ulong MemoryEnd, bool IsReceive, bool HasIndirect, IReadOnlyDictionary<ulong, ModelDescriptor[]> Tables)
{
    private const int Next = 1;
    private const int Write = 2;
    private const int Indirect = 4;

    public ModelAnswer Split(ModelDescriptor[] ring, int availableIndex, int head)
    {
        if (availableIndex == 0)
            return new(TakeResult.Empty, RingFault.None);
        if (availableIndex > ring.Length)
            return Broken(RingFault.AvailableIndexTooFar);
        if (head >= ring.Length)
            return Broken(RingFault.HeadOutOfRange);
        List<(ulong, uint)> pieces = [];
        RingFault fault = FollowSplit(ring, head, pieces, isTable: false);
        return fault == RingFault.None ? new(TakeResult.Taken, fault, head, 1, [.. pieces]) : Broken(fault);
    }

    public ModelAnswer Packed(ModelDescriptor[] ring, int position, bool wrap)
    {
        const int Available = 0x80, Used = 0x8000;
        bool available = (ring[position].Flags & Available) != 0;
        bool used = (ring[position].Flags & Used) != 0;
        if (available != wrap || used == wrap)
            return new(TakeResult.Empty, RingFault.None);

        List<(ulong, uint)> pieces = [];
        for (int slots = 1; ; slots++)
        {
            ModelDescriptor descriptor = ring[(position + slots - 1) % ring.Length];
            RingFault fault;
            if ((descriptor.Flags & Indirect) != 0)
            {
                fault = slots > 1 ? RingFault.UnexpectedIndirect : CheckTable(descriptor, ring.Length);
                if (fault == RingFault.None)
                    fault = PackedTableOf(descriptor).Select(entry => (entry.Flags & Indirect) != 0 ? RingFault.NestedIndirect : Add(entry, pieces)).FirstOrDefault(f => f != RingFault.None);
            }
            else
            {
                fault = Add(descriptor, pieces);
            }

            if (fault != RingFault.None)
                return Broken(fault);
            if ((descriptor.Flags & (Next | Indirect)) != Next)
                return new(TakeResult.Taken, RingFault.None, descriptor.Link, slots, [.. pieces]);
            if (slots == ring.Length)
                return Broken(RingFault.ChainTooLong);
        }
    }

    private static ModelAnswer Broken(RingFault fault) => new(TakeResult.Broken, fault);

    private RingFault FollowSplit(ModelDescriptor[] table, int index, List<(ulong, uint)> pieces, bool isTable)
    {
        HashSet<int> visited = [];
        while (true)
        {
            visited.Add(index);
            ModelDescriptor descriptor = table[index];
            if ((descriptor.Flags & Indirect) != 0)
            {
                RingFault wrong = isTable ? RingFault.NestedIndirect : CheckTable(descriptor, table.Length);
                return wrong != RingFault.None ? wrong : FollowSplit([.. TableOf(descriptor)], 0, pieces, isTable: true);
            }

            RingFault fault = Add(descriptor, pieces);
            if (fault != RingFault.None || (descriptor.Flags & Next) == 0)
                return fault;
            index = descriptor.Link;
            if (index >= table.Length)
                return RingFault.NextOutOfRange;
            if (visited.Contains(index))
                return RingFault.ChainTooLong;
        }
    }

    private RingFault CheckTable(ModelDescriptor descriptor, int size)
    {
        if (!HasIndirect || (descriptor.Flags & Next) != 0)
            return RingFault.UnexpectedIndirect;
        if (descriptor.Length == 0 || descriptor.Length % 16 != 0 || descriptor.Length / 16 > size)
            return RingFault.BadIndirectLength;
        return IsInside(descriptor) ? RingFault.None : RingFault.BadAddress;
    }

    private IEnumerable<ModelDescriptor> TableOf(ModelDescriptor descriptor) => Tables[descriptor.Address].Take((int)descriptor.Length / 16);

    /// <summary>WRITE does not count in a table to send from.</summary>
    private IEnumerable<ModelDescriptor> PackedTableOf(ModelDescriptor descriptor) =>
        TableOf(descriptor).Select(entry => IsReceive ? entry : entry with { Flags = (ushort)(entry.Flags & ~Write) });

    private RingFault Add(ModelDescriptor descriptor, List<(ulong, uint)> pieces)
    {
        if ((descriptor.Flags & Write) != 0 != IsReceive)
            return RingFault.WrongDirection;
        if (descriptor.Length == 0)
            return RingFault.None;
        if (!IsInside(descriptor))
            return RingFault.BadAddress;
        pieces.Add((descriptor.Address, descriptor.Length));
        return RingFault.None;
    }

    private bool IsInside(ModelDescriptor descriptor) =>
        descriptor.Address >= MemoryStart && descriptor.Address < MemoryEnd && descriptor.Length <= MemoryEnd - descriptor.Address;
}
