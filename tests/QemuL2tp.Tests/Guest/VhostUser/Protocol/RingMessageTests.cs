using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Protocol;

/// <summary>Messages about rings, features and the log that are well-formed and wrong.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RingMessageTests : IDisposable
{
    private readonly BackEndUnderTest _backEnd = new();
    private readonly GuestRam _ram = GuestRam.OfPc();
    private readonly MockQemu _qemu;

    public RingMessageTests() => _qemu = new MockQemu(_ram, 1, index => RingLayout.At(0x10_0000 + ((ulong)index * 0x1_0000), 256));

    public void Dispose()
    {
        _backEnd.Dispose();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_ram.File.OtherDescriptors, Is.Zero, "descriptors of memory left");
            Assert.That(_ram.File.OtherMappings, Is.Zero, "mappings left");
            Assert.That(QemuRing.CountOthers(_qemu.Rings), Is.Zero, "eventfds left");
        }

        _qemu.Dispose();
        _ram.Dispose();
    }

    [Test]
    public void V_3_sizes_and_descriptors_again_and_again_leave_nothing()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        QemuRing ring = _qemu.Rings[0];

        for (int i = 0; i < 50; i++)
        {
            frontEnd.Run(_qemu.ShareMemory());
            frontEnd.Run([MockMessage.RingValue(Request.SetVringNum, 0, i % 2 == 0 ? 256u : 512)]);
            frontEnd.Run(
            [
                MockMessage.RingDescriptor(Request.SetVringKick, 0, ring.Kick),
                MockMessage.RingDescriptor(Request.SetVringCall, 0, ring.Call),
                MockMessage.RingDescriptor(Request.SetVringErr, 0, ring.Error),
            ]);
        }

        Assert.That(ring.OtherDescriptors, Is.EqualTo(3));
        Assert.That(_ram.File.OtherMappings, Is.EqualTo(2));
        frontEnd.Run([MockMessage.RingDescriptor(Request.SetVringCall, 0), MockMessage.RingDescriptor(Request.SetVringErr, 0)]);
        Assert.That(ring.OtherDescriptors, Is.EqualTo(1), "taken back");
    }

    [TestCase(16u)]
    [TestCase(0x1_0000u)]
    [TestCase(0x8000_0000u)]
    [TestCase(uint.MaxValue)]
    public void V_4_a_ring_that_there_is_not_ends_the_connection(uint index) => AssertEachEnds(
        $"ring {index}, expected 0 to 15",
        [
            MockMessage.RingValue(Request.SetVringNum, (int)index, 256),
            MockMessage.RingValue(Request.SetVringBase, (int)index, 0),
            MockMessage.RingValue(Request.GetVringBase, (int)index, 0),
            MockMessage.RingValue(Request.SetVringEnable, (int)index, 1),
            MockMessage.RingAddresses((int)index, 0, 0, 0, false, 0),
        ]);

    [TestCase(16ul)]
    [TestCase(0xfful)]
    [TestCase(0x200ul, Description = "a bit that means nothing")]
    [TestCase(1ul << 32)]
    [TestCase(ulong.MaxValue & ~0x100ul)]
    public void V_4_the_index_of_a_ring_in_a_message_with_a_descriptor_counts_with_all_bits(ulong value)
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        frontEnd.Send(MockMessage.Number(Request.SetVringCall, value, _qemu.Rings[0].Call));

        Assert.That(frontEnd.IsClosed(), Is.True);
        Assert.That(_backEnd.Fault, Does.Contain($"ring {value}, expected 0 to 15"));
        Assert.That(_qemu.Rings[0].OtherDescriptors, Is.Zero);
    }

    [TestCase(0ul, 0ul)]
    [TestCase(0x1008ul, 0ul)]
    [TestCase(8ul, 0x1000ul)]
    [TestCase(ulong.MaxValue - 7, 8ul)]
    [TestCase(4ul, 0ul)]
    public void V_5_a_log_that_cannot_be_mapped_ends_the_connection(ulong size, ulong offset)
    {
        using var file = new MemoryFile(0x1000);
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        // QEMU would take any answer for a yes.
        frontEnd.Send(MockMessage.LogBase(size, offset, file.Descriptor) with { Flags = 9 });

        Assert.That(frontEnd.IsClosed(), Is.True);
        Assert.That(_backEnd.Fault, Does.StartWith("SET_LOG_BASE: ").And.Contain($"0x{size:x}"));
        Assert.That((file.OtherDescriptors, file.OtherMappings), Is.EqualTo((0, 0)));
    }

    [Test]
    public void V_6_memory_that_cannot_be_mapped_is_refused_or_ends_the_connection([Values] bool needsReply, [Values] bool hasMemoryTable)
    {
        MockMessage message = hasMemoryTable
            ? MockMessage.MemoryTable([_ram.Regions[0], _ram.Regions[1], _ram.Regions[1] with { UserAddress = 0 }], [.. Enumerable.Repeat(_ram.File.Descriptor, 3)])
            : MockMessage.AddRegion(_ram.Regions[0] with { Size = 0 }, _ram.File.Descriptor);
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        if (needsReply)
            Assert.That(frontEnd.Ask(message.WithNeedReply()), Is.Not.Zero);
        else
            frontEnd.Ask(message);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_backEnd.Ends, Is.EqualTo(needsReply ? 0 : 1));
            Assert.That(_backEnd.Device.Memory.Count, Is.Zero);
            Assert.That(_ram.File.OtherDescriptors, Is.Zero);
        }
    }

    [TestCase(GuestRam.UserBase + 0xa_0000)]
    [TestCase(GuestRam.UserBase + 0x40_0000)]
    [TestCase(0ul)]
    [TestCase(ulong.MaxValue - 15)]
    [TestCase(GuestRam.UserBase + 0x10_0001, Description = "not aligned")]
    public void V_7_a_ring_outside_of_the_memory_does_not_start(ulong address)
    {
        QemuRing ring = _qemu.Rings[0];
        ulong good = _ram.UserAddressOf(ring.Layout.Desc);
        for (int part = 0; part < 3; part++)
        {
            using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
            frontEnd.Run([MockMessage.Number(Request.SetFeatures, _qemu.Features), .. _qemu.ShareMemory()]);
            frontEnd.Run([MockMessage.RingValue(Request.SetVringNum, 0, 256)]);
            bool isRefused = frontEnd.Ask(MockMessage.RingAddresses(
                0, part == 0 ? address : good, part == 1 ? address : good + 0x2000, part == 2 ? address : good + 0x1000, false, 0).WithNeedReply()) != 0;
            isRefused |= frontEnd.Ask(MockMessage.RingDescriptor(Request.SetVringKick, 0, ring.Kick).WithNeedReply()) != 0;

            Assert.That(isRefused, Is.True, $"part {part}");
            Assert.That(_backEnd.Device.Rings[0].IsStarted, Is.False);
            frontEnd.Dispose();
            _backEnd.Loop.Turn();
        }
    }

    [TestCase(0u)]
    [TestCase(3u)]
    [TestCase(255u)]
    [TestCase(65536u)]
    [TestCase(0x8000_0000u)]
    [TestCase(uint.MaxValue)]
    public void V_10_a_size_that_no_split_ring_has_is_refused_or_ends_the_connection(uint size)
    {
        MockMessage message = MockMessage.RingValue(Request.SetVringNum, 0, size);
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        Assert.That(frontEnd.Ask(message.WithNeedReply()), Is.Not.Zero);
        frontEnd.Ask(message);
        Assert.That(_backEnd.Fault, Does.Contain($"SET_VRING_NUM of ring 0: {size}: {size} entries, expected a power of two up to {Vring.MaxSize}"));
    }

    [Test]
    public void V_10_a_packed_ring_may_have_any_size_up_to_32768()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        frontEnd.Run([MockMessage.Number(Request.SetFeatures, Features.PackedRing | Features.ProtocolFeatures)]);

        Assert.That(frontEnd.Ask(MockMessage.RingValue(Request.SetVringNum, 0, 255).WithNeedReply()), Is.Zero);
        Assert.That(frontEnd.Ask(MockMessage.RingValue(Request.SetVringNum, 0, 32769).WithNeedReply()), Is.Not.Zero);
        Assert.That(frontEnd.Ask(MockMessage.RingValue(Request.SetVringNum, 0, 0).WithNeedReply()), Is.Not.Zero);
    }

    [Test]
    public void V_11_more_pairs_than_there_are_end_the_connection()
    {
        using var qemu = new MockQemu(_ram, Features.MaxQueuePairs + 1, index => _qemu.Rings[0].Layout) { NeedsReply = false };
        using MockFrontEnd frontEnd = _backEnd.Connect();

        foreach (MockMessage message in qemu.Connect().TakeWhile(_ => _backEnd.Ends == 0))
        {
            frontEnd.Send(message);
            _backEnd.Loop.Turn();
        }

        Assert.That(_backEnd.Fault, Does.Contain("ring 16, expected 0 to 15"));
        Assert.That(QemuRing.CountOthers(qemu.Rings), Is.Zero);
    }

    [Test]
    public void R_21_no_control_queue_is_taken_over()
    {
        // VIRTIO_NET_F_CTRL_VQ: QEMU keeps that queue and serves it, so no ring here ever carries a command.
        Assert.That(Features.All & (1UL << 17), Is.Zero);
        AssertEnds(null, MockMessage.Number(Request.SetFeatures, 1UL << 17));
        Assert.That(_backEnd.Device.Rings, Has.Count.EqualTo(2 * Features.MaxQueuePairs), "whole pairs");
    }

    [Test]
    public void V_12_features_that_were_not_offered_end_the_connection_unless_they_are_the_front_ends([Range(0, 63)] int bit)
    {
        bool isAllowed = ((Features.All | Features.OfFrontEnd) & (1UL << bit)) != 0;
        bool isProtocolOffered = (Features.OfferedProtocol & (1UL << bit)) != 0;

        AssertEnds(isAllowed ? null : $"not offered: {FeatureNames.Of(1UL << bit)}", MockMessage.Number(Request.SetFeatures, 1UL << bit));
        AssertEnds(isProtocolOffered ? null : $"not offered: {FeatureNames.OfProtocol(1UL << bit)}", MockMessage.Number(Request.SetProtocolFeatures, 1UL << bit));
    }

    [TestCase(1UL << 10, "not offered: VIRTIO_NET_F_GUEST_UFO")]
    [TestCase((1UL << 14) | (1UL << 60), "not offered: VIRTIO_NET_F_HOST_UFO, VIRTIO_NET_F_RSS")]
    [TestCase(1UL << 57, "not offered: VIRTIO_NET_F_HASH_REPORT")]
    [TestCase(1UL << 33, "not offered: VIRTIO_F_ACCESS_PLATFORM")]
    [TestCase(1UL << 45, "not offered: feature bit 45")]
    public void V_12_features_that_change_frames_or_rings_are_refused_by_name(ulong features, string fault) =>
        AssertEnds(fault, MockMessage.Number(Request.SetFeatures, features | Features.Version1 | Features.OfFrontEnd));

    [TestCase(false, true, Features.Checksum, "VIRTIO_NET_F_CSUM")]
    [TestCase(false, false, Features.HostTso4 | Features.HostUso, "VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_HOST_USO")]
    [TestCase(true, false, Features.GuestTso4, "VIRTIO_NET_F_GUEST_TSO4")]
    public void V_12_offloads_that_are_switched_off_are_refused(bool fromGuest, bool toGuest, ulong features, string names)
    {
        ulong offered = Features.Offered(LoopbackLink.Unix("/x", kind: FrontendKind.VhostUser) with { OffloadsFromGuest = fromGuest, OffloadsToGuest = toGuest });
        using var backEnd = new BackEndUnderTest(offered);
        using MockFrontEnd frontEnd = backEnd.ConnectAndOwn();
        Assert.That(frontEnd.Ask(MockMessage.Empty(Request.GetFeatures)), Is.EqualTo(offered));
        Assert.That(offered & (fromGuest ? 0 : Features.OffloadsFromGuest), Is.Zero);
        Assert.That(offered & (toGuest ? 0 : Features.OffloadsToGuest), Is.Zero);
        frontEnd.Send(MockMessage.Number(Request.SetFeatures, features | Features.Version1));
        backEnd.Loop.Turn();
        Assert.That(backEnd.Fault, Does.Contain($"not offered: {names}"));
    }

    [TestCase(5)]
    [TestCase(16)]
    [TestCase(17)]
    public void A_feature_that_the_front_end_serves_itself_may_come_and_go_while_a_ring_runs(int bit)
    {
        using MockFrontEnd frontEnd = Started();
        frontEnd.Run([MockMessage.Number(Request.SetFeatures, _qemu.Features | (1UL << bit)).WithNeedReply()]);
        frontEnd.Run([MockMessage.Number(Request.SetFeatures, _qemu.Features).WithNeedReply()]);

        Assert.That(_backEnd.Device.Rings.Take(2).Select(ring => ring.IsRunning), Is.All.True);
    }

    [Test]
    public void V_12_features_other_than_the_log_may_not_change_while_a_ring_runs([Values] bool isLog)
    {
        using MockFrontEnd frontEnd = Started();
        ulong changed = isLog ? Features.LogAll : Features.EventIndex;

        frontEnd.Ask(MockMessage.Number(Request.SetFeatures, _qemu.Features ^ changed));

        Assert.That(_backEnd.Fault, isLog ? Is.Null : Does.Contain("may not change while a ring is started: VIRTIO_F_EVENT_IDX"));
    }

    [Test]
    public void V_12_the_log_may_be_asked_for_before_there_is_one()
    {
        using MockFrontEnd frontEnd = Started();

        frontEnd.Run([MockMessage.Number(Request.SetFeatures, _qemu.Features | Features.LogAll)]);

        Assert.That(_backEnd.Device.ActiveLog, Is.Null);
        Assert.That(_backEnd.Ends, Is.Zero);
    }

    [Test]
    public void V_13_a_kick_before_the_address_starts_nothing()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        frontEnd.Run(_qemu.ShareMemory());

        frontEnd.Run([MockMessage.RingDescriptor(Request.SetVringKick, 0, _qemu.Rings[0].Kick)]);
        Assert.That(_backEnd.Device.Rings[0].IsStarted, Is.False);
        frontEnd.Run([MockMessage.RingValue(Request.SetVringNum, 0, 256)]);
        Assert.That(_backEnd.Device.Rings[0].IsStarted, Is.False);
        frontEnd.Run([MockMessage.RingAddresses(_qemu.Rings[0], _ram.Regions)]);
        Assert.That(_backEnd.Device.Rings[0].IsStarted, Is.True);
    }

    [TestCase(2u)]
    [TestCase(uint.MaxValue)]
    public void V_13_a_ring_is_enabled_or_not(uint value) =>
        AssertEnds("expected 0 or 1", MockMessage.RingValue(Request.SetVringEnable, 0, value));

    [Test]
    public void V_16_a_descriptor_that_is_no_eventfd_is_refused_or_ends_the_connection(
        [Values(WrongFile.Pipe, WrongFile.Directory, WrongFile.Device, WrongFile.Socket)] WrongFile kind)
    {
        int descriptor = kind.Open();
        AssertNoEventFd(descriptor);
        _ = Tmds.Linux.LibC.close(descriptor);
    }

    [Test]
    public void V_16_a_regular_file_is_no_eventfd() => AssertNoEventFd(_ram.File.Descriptor);

    private void AssertNoEventFd(int descriptor)
    {
        foreach (Request request in new[] { Request.SetVringKick, Request.SetVringCall, Request.SetVringErr })
        {
            MockMessage message = MockMessage.RingDescriptor(request, 0, descriptor);
            using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
            Assert.That(frontEnd.Ask(message.WithNeedReply()), Is.Not.Zero);
            frontEnd.Ask(message);
            Assert.That(_backEnd.Fault, Does.Contain("of ring 0: ").And.Contain("eventfd"));
        }
    }

    private void AssertEachEnds(string expected, MockMessage[] messages)
    {
        foreach (MockMessage message in messages)
            AssertEnds(expected, message);
    }

    /// <param name="expected">Null: it does not end.</param>
    private void AssertEnds(string? expected, MockMessage message)
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        int before = _backEnd.Ends;
        frontEnd.Send(message);
        _backEnd.Loop.Turn();
        Assert.That(_backEnd.Ends - before, Is.EqualTo(expected is null ? 0 : 1), $"{message.Request}");
        if (expected is not null)
            Assert.That(_backEnd.Fault, Does.Contain(expected));
        frontEnd.Dispose();
        _backEnd.Loop.Turn();
    }

    private MockFrontEnd Started()
    {
        MockFrontEnd frontEnd = _backEnd.Connect();
        frontEnd.Run(_qemu.Connect());
        frontEnd.Run(_qemu.Start());
        return frontEnd;
    }
}
