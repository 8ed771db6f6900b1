using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Protocol;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>The messages of QEMU's vhost-user net front end, in its order and with its repetitions, for a guest with these rings.</summary>
internal sealed class MockQemu : IDisposable
{
    private readonly IReadOnlyList<MemoryRegion> _regions;
    private readonly int _memory;

    /// <param name="regions">The guest's memory.</param>
    /// <param name="memory">The file in which all of it is; owned by the caller.</param>
    /// <param name="pairs">Queue pairs.</param>
    /// <param name="layoutOf">Where each ring is, by its index.</param>
    public MockQemu(IReadOnlyList<MemoryRegion> regions, int memory, int pairs, Func<int, RingLayout> layoutOf)
    {
        _regions = regions;
        _memory = memory;
        Rings = [.. Enumerable.Range(0, 2 * pairs).Select(index => new QemuRing(index, layoutOf(index)))];
    }

    public MockQemu(GuestRam ram, int pairs, Func<int, RingLayout> layoutOf)
        : this(ram.Regions, ram.File.Descriptor, pairs, layoutOf)
    {
    }

    public IReadOnlyList<QemuRing> Rings { get; }

    /// <summary>What the guest has acknowledged, without LOG_ALL.</summary>
    public ulong Features { get; init; } = QemuL2tp.Guest.VhostUser.Features.All
        & ~(QemuL2tp.Guest.VhostUser.Features.LogAll | QemuL2tp.Guest.VhostUser.Features.PackedRing);

    public ulong ProtocolFeatures { get; init; } = QemuL2tp.Guest.VhostUser.Features.OfferedProtocol;

    /// <summary>Asks for an answer to each message that has none of its own.</summary>
    public bool NeedsReply { get; set; } = true;

    /// <summary>SET_MEM_TABLE instead of ADD_MEM_REG.</summary>
    public bool HasMemoryTable { get; init; }

    /// <summary><c>host_mtu=</c>; 0: none.</summary>
    public uint Mtu { get; init; }

    /// <summary>Bytes of a log for the whole memory.</summary>
    public int LogSize => (int)((_regions.Max(region => region.GuestAddress + region.Size) / 4096 / 8) + 7) & ~7;

    private IEnumerable<int> Pairs => Enumerable.Range(0, Rings.Count / 2);

    /// <summary>After the connection stands, before the guest runs.</summary>
    public IEnumerable<MockMessage> Connect() => Flagged(ConnectMessages());

    /// <summary>The driver in the guest starts. The kick descriptors are signalled once, as QEMU does.</summary>
    public IEnumerable<MockMessage> Start() => Flagged(StartMessages());

    /// <summary>All regions, as once for each queue pair.</summary>
    public IEnumerable<MockMessage> ShareMemory()
    {
        int[] descriptors = [.. _regions.Select(_ => _memory)];
        return Flagged(HasMemoryTable
            ? [MockMessage.MemoryTable(_regions, descriptors)]
            : _regions.Select(region => MockMessage.AddRegion(region, _memory)));
    }

    /// <summary>One ring from its size to its kick descriptor.</summary>
    public IEnumerable<MockMessage> StartRing(QemuRing ring)
    {
        QemuRing.Signal(ring.Kick);
        return Flagged(
        [
            MockMessage.RingValue(Request.SetVringNum, ring.Index, ring.Layout.Size),
            MockMessage.RingValue(Request.SetVringBase, ring.Index, ring.Layout.Base),
            MockMessage.RingAddresses(ring, _regions),
            MockMessage.RingDescriptor(Request.SetVringKick, ring.Index, ring.Kick),
            MockMessage.RingDescriptor(Request.SetVringCall, ring.Index, ring.Call),
        ]);
    }

    /// <summary>Migration begins, or a log of another size is needed.</summary>
    /// <param name="size">Bytes: a bit for each page of the guest, <see cref="LogSize"/>.</param>
    public IEnumerable<MockMessage> StartLog(ulong size, int descriptor) => Flagged(
    [
        MockMessage.LogBase(size, 0, descriptor),
        MockMessage.Number(Request.SetFeatures, Features | QemuL2tp.Guest.VhostUser.Features.LogAll),
        .. Rings.Select(ring => MockMessage.RingAddresses(ring, _regions, isLogged: true)),
    ]);

    /// <summary>Stops all rings, and keeps where they go on.</summary>
    public void Stop(MockFrontEnd frontEnd)
    {
        foreach (QemuRing ring in Rings)
        {
            ulong answer = frontEnd.Ask(MockMessage.RingValue(Request.GetVringBase, ring.Index, 0))!.Value;
            Assert.That((uint)answer, Is.EqualTo(ring.Index));
            ring.Layout = ring.Layout with { Base = (uint)(answer >> 32) };
        }

        frontEnd.Run(EnablePair(0, true));
    }

    /// <summary>
    /// After the back end has gone without answering, QEMU goes on from what was returned: the base of each split ring becomes
    /// its used index.
    /// </summary>
    /// <param name="read">Reads two bytes of the guest's memory as a number.</param>
    public void GoOnFromUsedIndex(Func<ulong, ushort> read)
    {
        foreach (QemuRing ring in Rings)
            ring.Layout = ring.Layout with { Base = read(ring.Layout.Used + 2) };
    }

    public IEnumerable<MockMessage> EnablePair(int pair, bool isEnabled) => Flagged(
        Enumerable.Range(2 * pair, 2).Select(ring => MockMessage.RingValue(Request.SetVringEnable, ring, isEnabled ? 1u : 0)));

    public void Dispose()
    {
        foreach (QemuRing ring in Rings)
            ring.Dispose();
    }

    private IEnumerable<MockMessage> ConnectMessages()
    {
        foreach (int pair in Pairs)
        {
            yield return MockMessage.Empty(Request.GetFeatures);
            yield return MockMessage.Empty(Request.GetProtocolFeatures);
            yield return MockMessage.Number(Request.SetProtocolFeatures, ProtocolFeatures);
            if (pair == 0 && Has(QemuL2tp.Guest.VhostUser.Features.ProtocolMultiQueue))
                yield return MockMessage.Empty(Request.GetQueueNum);
            if (Has(QemuL2tp.Guest.VhostUser.Features.ProtocolConfigureMemSlots))
                yield return MockMessage.Empty(Request.GetMaxMemSlots);
            if (pair == 0)
                yield return MockMessage.Empty(Request.SetOwner);
            yield return MockMessage.Empty(Request.GetFeatures);
            foreach (QemuRing ring in Rings.Skip(2 * pair).Take(2))
            {
                yield return MockMessage.RingDescriptor(Request.SetVringCall, ring.Index, ring.FirstCall);
                yield return MockMessage.RingDescriptor(Request.SetVringErr, ring.Index, ring.Error);
            }
        }

        foreach (int pair in Pairs)
        {
            foreach (MockMessage message in EnablePair(pair, pair == 0))
                yield return message;
        }
    }

    private IEnumerable<MockMessage> StartMessages()
    {
        foreach (MockMessage message in EnablePair(0, true))
            yield return message;
        if (Mtu != 0)
            yield return MockMessage.Number(Request.NetSetMtu, Mtu);
        foreach (int pair in Pairs)
        {
            yield return MockMessage.Number(Request.SetFeatures, Features);
            foreach (MockMessage message in ShareMemory().Concat(Rings.Skip(2 * pair).Take(2).SelectMany(StartRing)))
                yield return message;
        }

        foreach (MockMessage message in Pairs.Skip(1).SelectMany(pair => EnablePair(pair, true)))
            yield return message;
    }

    private bool Has(ulong protocolFeature) => (ProtocolFeatures & protocolFeature) != 0;

    private IEnumerable<MockMessage> Flagged(IEnumerable<MockMessage> messages) =>
        NeedsReply ? messages.Select(message => message.WithNeedReply()) : messages;
}
