using System.Buffers.Binary;
using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Protocol;

/// <summary>What QEMU really sends, in its order and with its repetitions.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QemuSequenceTests : IDisposable
{
    private readonly BackEndUnderTest _backEnd = new();
    private readonly GuestRam _ram = GuestRam.OfPc();
    private readonly List<MockQemu> _qemus = [];

    private VhostUserDevice Device => _backEnd.Device;

    public void Dispose()
    {
        _backEnd.Dispose();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_ram.File.OtherDescriptors, Is.Zero, "descriptors of memory left");
            Assert.That(_ram.File.OtherMappings, Is.Zero, "mappings left");
            Assert.That(QemuRing.CountOthers(_qemus.SelectMany(qemu => qemu.Rings)), Is.Zero, "eventfds left");
        }

        _qemus.ForEach(qemu => qemu.Dispose());
        _ram.Dispose();
    }

    [Test]
    public void A_driver_starts(
        [Values(1, 4, 8)] int pairs, [Values] bool needsReply, [Values] bool hasMemoryTable, [Values] bool isPacked)
    {
        MockQemu qemu = Qemu(pairs, isPacked, needsReply, hasMemoryTable);
        using MockFrontEnd frontEnd = _backEnd.Connect();

        frontEnd.Run(qemu.Connect());
        Assert.That(Device.Rings.Where(ring => ring.IsStarted), Is.Empty);
        frontEnd.Run(qemu.Start());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_backEnd.Ends, Is.Zero, _backEnd.Fault);
            Assert.That(Device.Features, Is.EqualTo(qemu.Features));
            Assert.That(Device.Memory.Count, Is.EqualTo(2));
            Assert.That(_ram.File.OtherMappings, Is.EqualTo(2));
            Assert.That(Running, Is.EqualTo(Enumerable.Range(0, 2 * pairs)));
            Assert.That(_backEnd.Path.Kicked.Distinct().Order(), Is.EqualTo(Running), "looked at");
            Assert.That(frontEnd.HasSomething(), Is.False, "nothing is left to be read");
        }
    }

    [Test]
    public void A_ring_is_enabled_before_the_features_and_stays_so()
    {
        MockQemu qemu = Qemu();
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        frontEnd.Run(qemu.EnablePair(0, true));
        frontEnd.Run([MockMessage.Number(Request.SetFeatures, qemu.Features)]);
        frontEnd.Run([MockMessage.Number(Request.SetFeatures, qemu.Features)]);

        Assert.That(Device.Rings.Select(ring => ring.IsEnabled), Is.EqualTo(Enumerable.Range(0, 16).Select(index => index < 2)));
    }

    [Test]
    public void Without_protocol_features_all_rings_are_enabled_by_the_features()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        frontEnd.Run([MockMessage.Number(Request.SetFeatures, Features.Version1)]);

        Assert.That(Device.Rings.All(ring => ring.IsEnabled), Is.True);
    }

    [Test]
    public void Rings_of_a_pair_are_disabled_and_enabled_while_they_run()
    {
        MockQemu qemu = Qemu(pairs: 2);
        using MockFrontEnd frontEnd = Started(qemu);

        frontEnd.Run(qemu.EnablePair(1, false));
        Assert.That(Device.Rings.Take(4).Select(ring => ring.IsEnabled), Is.EqualTo(new[] { true, true, false, false }));
        Assert.That(Running, Has.Count.EqualTo(4));
        frontEnd.Run(qemu.EnablePair(1, true));
        Assert.That(Device.Rings.Take(4).Select(ring => ring.IsEnabled), Is.All.True);
    }

    [Test]
    public void An_identical_region_disturbs_no_ring_that_runs()
    {
        MockQemu qemu = Qemu();
        using MockFrontEnd frontEnd = Started(qemu);
        Virtqueue?[] before = [.. Device.Rings.Take(2).Select(ring => ring.Queue)];

        frontEnd.Run(qemu.ShareMemory());

        Assert.That(Device.Rings.Take(2).Select(ring => ring.Queue), Is.EqualTo(before));
        Assert.That(_ram.File.OtherMappings, Is.EqualTo(2));
    }

    [Test]
    public void A_call_descriptor_takes_the_place_of_the_one_before()
    {
        MockQemu qemu = Qemu();
        using MockFrontEnd frontEnd = Started(qemu);
        QemuRing ring = qemu.Rings[0];
        QemuRing.Read(ring.Call);
        QemuRing.Read(ring.FirstCall);

        Device.Rings[0].Call();

        Assert.That((QemuRing.Read(ring.FirstCall), QemuRing.Read(ring.Call)), Is.EqualTo((0, 1)));
        Assert.That(ring.OtherDescriptors, Is.EqualTo(3), "kick, call, error");
    }

    [Test]
    public void A_kick_is_passed_on()
    {
        MockQemu qemu = Qemu();
        using MockFrontEnd frontEnd = Started(qemu);
        _backEnd.Path.Kicked.Clear();

        QemuRing.Signal(qemu.Rings[1].Kick);
        _backEnd.Loop.Turn();

        Assert.That(_backEnd.Path.Kicked, Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void Rings_stop_twice_and_start_again_where_they_stopped([Values] bool isPacked)
    {
        MockQemu qemu = Qemu(isPacked: isPacked);
        uint start = isPacked ? 0x8005_8005 : 0x1234;
        foreach (QemuRing ring in qemu.Rings)
        {
            ring.Layout = ring.Layout with { Base = start };
            if (!isPacked)
                BinaryPrimitives.WriteUInt16LittleEndian(_ram.At(ring.Layout.Avail + 2, 2), (ushort)start);
        }

        using MockFrontEnd frontEnd = Started(qemu);

        qemu.Stop(frontEnd);
        Assert.That(Running, Is.Empty);
        Assert.That(qemu.Rings.Select(ring => ring.OtherDescriptors), Is.All.EqualTo(1), "the error descriptor stays");
        qemu.Stop(frontEnd);
        Assert.That(qemu.Rings.Select(ring => ring.Layout.Base), Is.All.EqualTo(start));
        Assert.That(Device.Rings[0].IsEnabled, Is.True, "enabled after the stop");
        Assert.That(Device.Memory.Count, Is.EqualTo(2), "memory outlives the stop");

        // Memory is not told again.
        frontEnd.Run([MockMessage.Number(Request.SetFeatures, qemu.Features), .. qemu.Rings.SelectMany(qemu.StartRing)]);
        Assert.That(Running, Has.Count.EqualTo(2));
    }

    [Test]
    public void The_features_may_change_between_two_drivers()
    {
        MockQemu qemu = Qemu();
        using MockFrontEnd frontEnd = Started(qemu);
        qemu.Stop(frontEnd);

        MockQemu other = Qemu(isPacked: true);
        frontEnd.Run(other.Start());

        Assert.That(Running, Has.Count.EqualTo(2));
        Assert.That(Device.Rings[0].Queue, Is.TypeOf<PackedVirtqueue>());
    }

    [Test]
    public void Memory_can_be_added_and_removed_while_rings_run()
    {
        MockQemu qemu = Qemu();
        MemoryRegion plugged = new(0x1_0000_0000, 0x10000, 0x7f99_0000_0000, 0);
        using var file = new MemoryFile(0x10000);
        using MockFrontEnd frontEnd = Started(qemu);

        frontEnd.Run([MockMessage.AddRegion(plugged, file.Descriptor).WithNeedReply()]);
        Assert.That((Device.Memory.Count, file.OtherMappings), Is.EqualTo((3, 1)));
        MockMessage remove = MockMessage.RemoveRegion(plugged).WithNeedReply();
        frontEnd.Run([remove, remove with { Descriptors = [file.Descriptor] }]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((Device.Memory.Count, file.OtherMappings, file.OtherDescriptors), Is.EqualTo((2, 0, 0)));
            Assert.That(Device.Rings.Take(2).Select(ring => ring.Queue), Is.All.Not.Null);
            Assert.That(_backEnd.Path.LetGoOf, Does.Contain(0).And.Contain(1));
        }
    }

    [Test]
    public void V_8_a_ring_whose_memory_is_removed_is_broken_and_can_be_stopped_and_started()
    {
        MockQemu qemu = Qemu();
        using MockFrontEnd frontEnd = Started(qemu);

        frontEnd.Run([MockMessage.RemoveRegion(_ram.Regions[1]).WithNeedReply()]);
        Assert.That(Device.Rings.Take(2).Select(ring => ring.Queue), Is.All.Null);
        Assert.That(QemuRing.Read(qemu.Rings[0].Error), Is.Not.Zero);

        qemu.Stop(frontEnd);
        frontEnd.Run(qemu.Start());
        Assert.That(Device.Rings.Take(2).Select(ring => ring.Queue), Is.All.Not.Null);
        Assert.That(_backEnd.Ends, Is.Zero);
    }

    [Test]
    public void Memory_may_come_after_the_rings()
    {
        MockQemu qemu = Qemu();
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        frontEnd.Run([MockMessage.Number(Request.SetFeatures, qemu.Features), .. qemu.Rings.SelectMany(qemu.StartRing)]);
        Assert.That(Running, Is.Empty);

        frontEnd.Run(qemu.ShareMemory());

        Assert.That(Running, Has.Count.EqualTo(2));
    }

    [Test]
    public void Writes_are_logged_from_the_log_on_and_until_the_features_say_otherwise()
    {
        MockQemu qemu = Qemu();
        using var file = new MemoryFile(qemu.LogSize);
        using var larger = new MemoryFile(0x4000);
        using MockFrontEnd frontEnd = Started(qemu);
        Virtqueue queue = Device.Rings[0].Queue!;
        Assert.That((queue.Log, Device.ActiveLog), Is.EqualTo((default(DirtyLog), default(DirtyLog))));

        frontEnd.Run(qemu.StartLog((ulong)qemu.LogSize, file.Descriptor));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Device.Rings[0].Queue, Is.SameAs(queue), "the ring is not disturbed");
            Assert.That(queue.Log, Is.Not.Null.And.SameAs(Device.ActiveLog));
            Assert.That(file.OtherMappings, Is.EqualTo(1));
        }

        frontEnd.Run(qemu.StartLog(0x4000, larger.Descriptor));
        Assert.That(queue.Log, Is.SameAs(Device.ActiveLog));
        Assert.That((file.OtherMappings, larger.OtherMappings), Is.EqualTo((0, 1)));

        frontEnd.Run([MockMessage.Number(Request.SetFeatures, qemu.Features)]);
        Assert.That((queue.Log, Device.ActiveLog), Is.EqualTo((default(DirtyLog), default(DirtyLog))));
        frontEnd.Run([MockMessage.Number(Request.SetFeatures, qemu.Features | Features.LogAll)]);
        Assert.That(queue.Log, Is.Not.Null);
        frontEnd.Dispose();
        _backEnd.Loop.Turn();
        Assert.That((larger.OtherMappings, larger.OtherDescriptors), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_ring_that_starts_during_migration_is_logged()
    {
        MockQemu qemu = Qemu();
        using var file = new MemoryFile(0x2000);
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        frontEnd.Run(qemu.ShareMemory());
        frontEnd.Run(qemu.StartLog(0x2000, file.Descriptor));

        foreach (QemuRing ring in qemu.Rings)
        {
            frontEnd.Run(
            [
                MockMessage.RingValue(Request.SetVringNum, ring.Index, ring.Layout.Size),
                MockMessage.RingAddresses(ring, _ram.Regions, isLogged: true),
                MockMessage.RingDescriptor(Request.SetVringKick, ring.Index, ring.Kick),
            ]);
        }

        Assert.That(Device.Rings[0].Queue?.Log, Is.Not.Null.And.SameAs(Device.ActiveLog));
    }

    [Test]
    public void An_mtu_and_an_address_to_announce_are_passed_on()
    {
        MockQemu qemu = Qemu(mtu: 1400);
        using MockFrontEnd frontEnd = Started(qemu);

        frontEnd.Run([new MockMessage(Request.SendRarp, [0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0]).WithNeedReply()]);

        Assert.That(Device.Mtu, Is.EqualTo(1400));
        Assert.That(_backEnd.Path.Rarps, Is.EqualTo(new[] { 0x5254_0012_3456 }));
    }

    [TestCase(67ul, false)]
    [TestCase(68ul, true)]
    [TestCase(64978ul, true)]
    [TestCase(64979ul, false)]
    [TestCase(0x1_0000_05dcul, false)]
    public void An_mtu_that_does_not_fit_is_refused(ulong mtu, bool isAccepted)
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        MockMessage message = MockMessage.Number(Request.NetSetMtu, mtu);

        Assert.That(frontEnd.Ask(message.WithNeedReply()), isAccepted ? Is.Zero : Is.Not.Zero);
        frontEnd.Ask(message);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Device.Mtu, Is.EqualTo(isAccepted ? (int)mtu : 0));
            Assert.That(_backEnd.Ends, Is.Zero, "told of, no more");
        }
    }

    [Test]
    public void A_ring_goes_on_from_the_used_index_after_the_connection_was_lost()
    {
        MockQemu qemu = Qemu();
        Started(qemu).Dispose();
        _backEnd.Loop.Turn();
        foreach (QemuRing ring in qemu.Rings)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_ram.At(ring.Layout.Avail + 2, 2), 7);
            BinaryPrimitives.WriteUInt16LittleEndian(_ram.At(ring.Layout.Used + 2, 2), 5);
        }

        qemu.GoOnFromUsedIndex(address => BinaryPrimitives.ReadUInt16LittleEndian(_ram.At(address, 2)));
        using MockFrontEnd frontEnd = Started(qemu);

        Assert.That(Device.Rings.Take(2).Select(ring => ring.Queue?.Base), Is.All.EqualTo(5));
    }

    [Test]
    public void A_front_end_that_comes_again_starts_from_nothing([Values] bool isPacked)
    {
        for (int round = 0; round < 20; round++)
        {
            MockQemu qemu = Qemu(pairs: 2, isPacked);
            using MockFrontEnd frontEnd = _backEnd.Connect();
            frontEnd.Run(qemu.Connect());
            foreach (QemuRing ring in qemu.Rings)
                ring.Layout = ring.Layout with { Base = isPacked ? 0x0007_0007u : 0xfffeu };
            frontEnd.Run(qemu.Start());
            Assert.That(Running, Has.Count.EqualTo(4));
            Assert.That(_ram.File.OtherMappings, Is.EqualTo(2));

            frontEnd.Dispose();
            _backEnd.Loop.Turn();

            using (Assert.EnterMultipleScope())
            {
                Assert.That((_backEnd.Ends, _backEnd.Fault), Is.EqualTo((round + 1, default(string))));
                Assert.That(Running, Is.Empty);
                Assert.That(Device.Rings.Where(ring => ring.IsEnabled), Is.Empty);
                Assert.That((Device.Features, Device.ProtocolFeatures, Device.Mtu, Device.Memory.Count), Is.EqualTo((0ul, 0ul, 0, 0)));
                Assert.That(_backEnd.Loop.Watched, Is.Empty);
            }
        }
    }

    [Test]
    public void Each_message_is_told_to_who_wants_details()
    {
        MockQemu qemu = Qemu();
        using MockFrontEnd frontEnd = Started(qemu);

        Assert.That(_backEnd.Log.Events, Does.Contain((QemuL2tp.Frames.EventLevel.Debug, "net0: vhost-user: SET_VRING_NUM of ring 1: 256")));
    }

    private List<int> Running => [.. Device.Rings.Where(ring => ring.IsStarted && ring.Queue is not null).Select(ring => ring.Index)];

    private MockQemu Qemu(int pairs = 1, bool isPacked = false, bool needsReply = true, bool hasMemoryTable = false, uint mtu = 0)
    {
        MockQemu qemu = new(_ram, pairs, index => RingLayout.At(0x10_0000 + ((ulong)index * 0x1_0000), 256, isPacked))
        {
            NeedsReply = needsReply,
            HasMemoryTable = hasMemoryTable,
            Mtu = mtu,
            Features = (Features.All & ~(Features.LogAll | Features.PackedRing)) | (isPacked ? Features.PackedRing : 0),
        };
        _qemus.Add(qemu);
        return qemu;
    }

    private MockFrontEnd Started(MockQemu qemu)
    {
        MockFrontEnd frontEnd = _backEnd.Connect();
        frontEnd.Run(qemu.Connect());
        frontEnd.Run(qemu.Start());
        return frontEnd;
    }
}
