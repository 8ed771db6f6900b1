using QemuL2tp.EventLoop;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

public class VringTests
{
    private static readonly string[] s_changedAndKick = ["Changed", "Kick"];
    private static readonly string[] s_letGoAndChanged = ["LetGo", "Changed"];
    private static readonly string[] s_letGoBrokenAndChanged = ["LetGo", "Broken BadAddress", "Changed"];

    [Test]
    public void It_starts_when_the_last_thing_is_there([Values] bool packed, [Values(0, 1, 2)] int missing)
    {
        using VringUnderTest test = new(new RingKind(8, packed));
        test.SetUp(size: missing != 0, addresses: missing != 1, kick: missing != 2);
        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.IsStarted, Is.False);
        Assert.That(test.Loop.Watched, Is.Empty);

        test.SetUp();
        Assert.That(test.TryStart(), Is.Null);

        Assert.That(test.Ring.IsStarted, Is.True);
        Assert.That(test.Ring.Queue, Is.Not.Null);
        Assert.That(test.Loop.Watched, Has.Count.EqualTo(1));
        Assert.That(test.Told, Is.EqualTo(s_changedAndKick), "looked at without a kick");
        Assert.That(QemuRing.Read(test.Qemu.Call), Is.EqualTo(1), "the back end before may have been about to call");
    }

    [Test]
    public void Without_memory_it_does_not_start()
    {
        using VringUnderTest test = new();
        test.SetUp();
        test.Memory.Clear();

        Assert.That(test.TryStart(), Is.Null, "that may come");
        Assert.That(test.Ring.IsStarted, Is.False);
        Assert.That((test.Ring.LacksMemory, test.Told[^1]), Is.EqualTo((true, "MemoryMissing")));
    }

    [Test]
    public void A_second_start_does_nothing()
    {
        using VringUnderTest test = new();
        test.Start();
        Virtqueue? queue = test.Ring.Queue;

        Assert.That(test.TryStart(), Is.Null);

        Assert.That(test.Ring.Queue, Is.SameAs(queue));
        Assert.That(test.Told, Is.Empty);
    }

    [Test]
    public void A_kick_is_told_and_a_call_is_heard()
    {
        using VringUnderTest test = new();
        test.Start();
        QemuRing.Signal(test.Qemu.Kick);
        test.Loop.Turn();
        Assert.That(test.Told, Is.EqualTo(new[] { "Kick" }));

        test.Ring.Call();
        Assert.That(QemuRing.Read(test.Qemu.Call), Is.EqualTo(1));
    }

    [Test]
    public void R_17_a_thousand_kicks_are_one()
    {
        using VringUnderTest test = new();
        test.Start();
        for (int i = 0; i < 1000; i++)
            QemuRing.Signal(test.Qemu.Kick);
        test.Loop.Turn();

        Assert.That(QemuRing.Read(test.Qemu.Kick), Is.Zero, "all are read by the first event");
        Assert.That(test.Told, Has.Count.EqualTo(1));
    }

    [Test]
    public void R_17_a_driver_that_never_kicks_is_looked_at_by_the_clock_if_it_said_so()
    {
        using VringUnderTest test = new();
        test.SetUp(kick: false);
        Assert.That(test.Ring.SetKick(-1), Is.Null);
        Assert.That(test.TryStart(), Is.Null);
        test.Told.Clear();
        for (int i = 0; i < 3; i++)
            test.Loop.FireTimers();
        Assert.That(test.Told, Is.EqualTo(new[] { "Kick", "Kick", "Kick" }));

        test.Ring.Stop();
        Assert.That(test.Loop.Timers, Is.Empty);
    }

    [Test]
    public void A_ring_changes_between_kicks_and_the_clock()
    {
        using VringUnderTest test = new();
        test.Start();
        test.Ring.SetKick(-1);
        Assert.That(test.Loop.Watched, Is.Empty);
        Assert.That(test.Loop.Timers, Has.Count.EqualTo(1));

        test.Ring.SetKick(VringUnderTest.Duplicate(test.Qemu.Kick));
        Assert.That(test.Loop.Watched, Has.Count.EqualTo(1));
        Assert.That(test.Loop.Timers, Is.Empty);
    }

    [Test]
    public void A_ring_is_looked_at_for_each_new_kick_descriptor_since_a_kick_may_have_been_lost([Values] bool isPolled)
    {
        using VringUnderTest test = new();
        test.Start();
        QemuRing.Signal(test.Qemu.Kick);
        test.Ring.SetKick(isPolled ? -1 : VringUnderTest.Duplicate(test.Qemu.FirstCall));
        Assert.That(test.Told, Is.EqualTo(new[] { "Kick" }));

        test.Ring.Stop();
        test.Told.Clear();
        test.Ring.SetKick(VringUnderTest.Duplicate(test.Qemu.Kick));
        Assert.That(test.Told, Is.Empty, "a stopped ring is left alone");
    }

    [TestCase(false, false)]
    [TestCase(false, true)]
    [TestCase(true, false)]
    public void A_kick_descriptor_starts_a_disabled_ring_anew_where_the_driver_is(bool packed, bool wasReset)
    {
        using VringUnderTest test = new(new RingKind(16, packed));
        test.Start();
        AssertCirculates(test, buffers: 5);
        test.Ring.IsEnabled = false;
        if (wasReset)
            ((MockDriverSplit)test.Driver).AvailableIndex = ((MockDriverSplit)test.Driver).UsedIndex = 0;

        Assert.That(test.Ring.SetKick(VringUnderTest.Duplicate(test.Qemu.Kick)), Is.Null);
        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.Queue?.Base, Is.EqualTo(packed ? 0x8005_8005 : wasReset ? 0 : 5));
    }

    [Test]
    public void A_new_call_descriptor_is_called_at_once_since_one_may_have_been_lost()
    {
        using VringUnderTest test = new();
        test.Start();
        test.Ring.SetCall(VringUnderTest.Duplicate(test.Qemu.Call));

        Assert.That(QemuRing.Read(test.Qemu.Call), Is.EqualTo(1));
    }

    [Test]
    public void Stopping_lets_go_then_answers_the_base_and_needs_a_new_kick_descriptor([Values] bool packed)
    {
        using VringUnderTest test = new(new RingKind(8, packed));
        test.Start();
        test.Driver.AddTransmit([1]);
        test.Driver.AddTransmit([2]);
        uint start = test.Ring.Queue!.Position;
        test.Ring.Queue.TryTake(test.Chain);
        uint one = test.Ring.Queue.Position;
        test.Ring.Queue.Return(test.Chain.Id, test.Chain.Slots, 0);
        test.Ring.Queue.TryTake(test.Chain);
        test.LettingGo = queue => queue.Position = one;

        uint? answered = test.Ring.Stop();

        Assert.That(answered, Is.EqualTo(packed ? 0x80018001 : 1));
        Assert.That(test.Told, Is.EqualTo(s_letGoAndChanged));
        Assert.That(test.Driver.TakeUsed(), Has.Count.EqualTo(1), "what the base leaves out is published");
        Assert.That(QemuRing.Read(test.Qemu.Call), Is.EqualTo(1));
        Assert.That(test.Ring.Queue, Is.Null);
        Assert.That(test.Loop.Watched, Is.Empty);
        Assert.That(test.Ring.Stop(), Is.EqualTo(answered), "again");
        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.IsStarted, Is.False);
        Assert.That(start, Is.Not.EqualTo(one));

        test.Ring.SetBase(answered!.Value);
        test.Ring.SetKick(VringUnderTest.Duplicate(test.Qemu.Kick));
        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.Queue!.TryTake(test.Chain), Is.EqualTo(TakeResult.Taken), "the one that was given back");
        Assert.That(test.Chain.Id, Is.EqualTo(test.Driver.Outstanding.Single().Id));
    }

    [Test]
    public void A_ring_that_was_never_started_answers_the_base_it_was_given()
    {
        using VringUnderTest test = new();
        test.SetUp(at: 77);

        Assert.That(test.Ring.Stop(), Is.EqualTo(77));
        Assert.That(test.Told, Is.Empty);
    }

    [Test]
    public void A_broken_ring_signals_its_error_is_not_watched_and_starts_anew([Values] bool packed)
    {
        using VringUnderTest test = new(new RingKind(8, packed));
        test.Start();
        test.Driver.Offer(0, 16, 0, 0);
        Assert.That(test.Ring.Queue!.TryTake(test.Chain), Is.EqualTo(TakeResult.Broken));

        test.Ring.Break(test.Ring.Queue.Fault);

        Assert.That(test.Ring.Queue, Is.Null);
        Assert.That(test.Ring.Fault, Is.EqualTo(RingFault.BadAddress));
        Assert.That(test.Ring.IsStarted, Is.True);
        Assert.That(test.Told, Is.EqualTo(s_letGoBrokenAndChanged));
        Assert.That(QemuRing.Read(test.Qemu.Error), Is.EqualTo(1));
        Assert.That(test.Loop.Watched, Is.Empty);
        test.Ring.Break(RingFault.BadAddress);
        Assert.That(QemuRing.Read(test.Qemu.Error), Is.Zero, "only once");
        test.Ring.SetKick(VringUnderTest.Duplicate(test.Qemu.Kick));
        Assert.That(test.Loop.Watched, Is.Empty);
        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.Queue, Is.Null);

        Assert.That(test.Ring.Stop(), Is.EqualTo(test.Qemu.Layout.Base));
        test.SetUp();
        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.Queue, Is.Not.Null);
        Assert.That(test.Ring.Fault, Is.EqualTo(RingFault.None));
    }

    [TestCase(16u, 17u)]
    [TestCase(16u, 0x8000u)]
    [TestCase(16u, 0xFFFFu)]
    [TestCase(16u, 0x10000u)]
    public void M_1_a_split_base_that_does_not_fit_the_available_index_breaks_the_ring_and_the_next_start_is_clean(uint size, uint offset)
    {
        using VringUnderTest test = new(new RingKind(size));
        ((MockDriverSplit)test.Driver).AvailableIndex = 3;
        ((MockDriverSplit)test.Driver).UsedIndex = 2;
        test.SetUp(at: offset == 0x10000 ? offset : (ushort)(3 - offset));

        Assert.That(test.TryStart(), Is.Null, "the ring's fault");
        AssertBaseBroken(test);
        Assert.That(test.Ring.Stop(), Is.EqualTo(2), "one that fits: what was returned");
        test.SetUp(hasBase: false);
        Assert.That(test.TryStart(), Is.Null);
        Assert.That((test.Ring.Queue?.Base, test.Ring.Fault), Is.EqualTo((2u, RingFault.None)));
    }

    [Test]
    public void M_1_a_split_ring_without_a_base_begins_with_what_was_returned([Values(0, 7)] int index)
    {
        using VringUnderTest test = new(new RingKind(16));
        ((MockDriverSplit)test.Driver).AvailableIndex = (ushort)index;
        ((MockDriverSplit)test.Driver).UsedIndex = (ushort)index;
        test.SetUp(hasBase: false);

        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.Queue?.Base, Is.EqualTo(index));
    }

    /// <summary>DPDK's virtio-user says 0 also for a ring that another back end has served.</summary>
    [TestCase((ushort)7, (ushort)7)]
    [TestCase((ushort)7, (ushort)3)]
    [TestCase((ushort)40000, (ushort)39984)]
    [TestCase((ushort)5, (ushort)65530)]
    public void M_1_a_split_base_of_0_is_none_where_something_was_returned(ushort available, ushort used)
    {
        using VringUnderTest test = new(new RingKind(16));
        ((MockDriverSplit)test.Driver).AvailableIndex = available;
        ((MockDriverSplit)test.Driver).UsedIndex = used;
        test.SetUp(at: 0);

        Assert.That(test.TryStart(), Is.Null);
        Assert.That((test.Ring.Queue?.Base, test.Ring.Fault), Is.EqualTo(((uint)used, RingFault.None)));
    }

    [Test]
    public void M_1_a_split_base_of_0_is_one_where_the_used_index_cannot_be_right()
    {
        using VringUnderTest test = new(new RingKind(16));
        ((MockDriverSplit)test.Driver).AvailableIndex = 3;
        ((MockDriverSplit)test.Driver).UsedIndex = 0x5555;
        test.SetUp(at: 0);

        Assert.That(test.TryStart(), Is.Null);
        Assert.That((test.Ring.Queue?.Base, test.Ring.Fault), Is.EqualTo((0u, RingFault.None)));
    }

    [Test]
    public void M_1_a_split_base_behind_the_available_index_by_the_size_is_taken()
    {
        using VringUnderTest test = new(new RingKind(16));
        ((MockDriverSplit)test.Driver).AvailableIndex = 1;
        test.SetUp(at: unchecked((ushort)-15));

        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.IsStarted, Is.True);
    }

    [TestCase(16u)]
    [TestCase(0x7FFFu)]
    [TestCase(0x80008010u)]
    public void M_1_a_packed_base_beyond_the_ring_breaks_it_and_the_next_start_is_clean(uint value)
    {
        using VringUnderTest test = new(new RingKind(16, IsPacked: true));
        test.SetUp(at: value);

        Assert.That(test.TryStart(), Is.Null, "the ring's fault");
        AssertBaseBroken(test);
        Assert.That(test.Ring.Stop(), Is.EqualTo(PackedVirtqueue.FirstBase));
        test.SetUp(hasBase: false);
        Assert.That(test.TryStart(), Is.Null);
        AssertCirculates(test);
    }

    [TestCase(0x8000_8000u, Description = "QEMU")]
    [TestCase(0x8000u, Description = "DPDK's virtio-user")]
    [TestCase(0x0003_8000u, Description = "no used index that could be right")]
    [TestCase(0xffff_8000u)]
    [TestCase(null, Description = "not sent")]
    public void M_1_the_used_half_of_a_packed_base_follows_the_available_half(uint? value)
    {
        using VringUnderTest test = new(new RingKind(16, IsPacked: true));
        test.SetUp(at: value, hasBase: value is not null);

        Assert.That(test.TryStart(), Is.Null);
        AssertCirculates(test);
    }

    [Test]
    public void M_1_a_base_that_a_ring_of_the_other_form_left_is_forgotten([Values] bool packed)
    {
        using VringUnderTest test = new(new RingKind(16, packed));
        test.SetUp(at: packed ? 0u : 0x8003u);
        Assert.That(test.Ring.TryStart(test.Driver.Kind.Features ^ QemuL2tp.Guest.VhostUser.Features.PackedRing), Is.Null);
        test.Ring.Stop();

        test.SetUp(hasBase: false);
        Assert.That(test.TryStart(), Is.Null);
        AssertCirculates(test);
    }

    [Test]
    public void V_7_a_part_of_a_ring_outside_of_one_region_is_refused([Values] bool packed, [Values(0, 1, 2)] int part, [Values] bool isStarted)
    {
        using VringUnderTest test = new(new RingKind(16, packed), index: 1, 1 << 16, 1 << 16);
        if (isStarted)
            test.Start();
        ulong[] addresses = [test.UserAddressOf(test.Driver.Desc), test.UserAddressOf(test.Driver.Avail), test.UserAddressOf(test.Driver.Used)];
        // The first bytes are inside.
        addresses[part] = test.Guest.Regions[0].UserAddress + (1 << 16) - (part == 0 ? 16u * 15 : packed ? 0u : 4);

        string? refusal = test.Ring.SetAddresses(addresses[0], addresses[1], addresses[2], false, 0);
        if (!isStarted)
        {
            test.SetUp(addresses: false);
            refusal = test.TryStart();
        }

        Assert.That(refusal, Does.Contain("is not in one memory region"));
        Assert.That(test.Ring.IsStarted, Is.EqualTo(isStarted));
        if (isStarted)
            Assert.That(test.Ring.Queue!.TryTake(test.Chain), Is.EqualTo(TakeResult.Empty), "it goes on where it was");
    }

    [TestCase(false, 0, 8u)]
    [TestCase(false, 1, 1u)]
    [TestCase(false, 2, 2u)]
    [TestCase(true, 0, 8u)]
    [TestCase(true, 1, 2u)]
    [TestCase(true, 2, 2u)]
    public void V_7_a_part_of_a_ring_that_is_not_aligned_is_refused(bool packed, int part, uint offset)
    {
        using VringUnderTest test = new(new RingKind(16, packed));
        ulong[] addresses = [test.UserAddressOf(test.Driver.Desc), test.UserAddressOf(test.Driver.Avail), test.UserAddressOf(test.Driver.Used)];
        addresses[part] += offset;
        test.SetUp();
        test.Ring.SetAddresses(addresses[0], addresses[1], addresses[2], false, 0);

        Assert.That(test.TryStart(), Does.Contain("aligned"));
        Assert.That(test.Ring.IsStarted, Is.False);
    }

    [Test]
    public void V_8_a_ring_follows_its_memory([Values] bool packed)
    {
        using VringUnderTest test = new(new RingKind(8, packed));
        test.Start();
        test.Ring.BeforeMemoryChange();
        Assert.That(test.Told, Is.EqualTo(new[] { "LetGo" }));

        test.Memory.Clear();
        test.Guest.AddTo(test.Memory);
        test.Ring.AfterMemoryChange();

        test.Driver.AddTransmit([1]);
        Assert.That(test.Ring.Queue!.TryTake(test.Chain), Is.EqualTo(TakeResult.Taken));
        test.Ring.Queue.Return(test.Chain.Id, test.Chain.Slots, 0);
        test.Ring.Queue.Publish();
        Assert.That(test.Driver.TakeUsed(), Has.Count.EqualTo(1));
    }

    [Test]
    public void V_8_R_15_a_ring_that_has_lost_its_memory_is_broken([Values] bool packed)
    {
        using VringUnderTest test = new(new RingKind(8, packed));
        test.Start();
        test.Driver.AddTransmit([1]);
        uint position = test.Ring.Queue!.Position;
        test.Ring.Queue.TryTake(test.Chain);
        test.LettingGo = queue => queue.Position = position;

        test.Ring.BeforeMemoryChange();
        test.Memory.Clear();
        test.Ring.AfterMemoryChange();

        Assert.That(test.Ring.Queue, Is.Null);
        Assert.That(test.Ring.Fault, Is.EqualTo(RingFault.BadAddress));
        Assert.That(QemuRing.Read(test.Qemu.Error), Is.EqualTo(1));
        Assert.That(test.Ring.Stop(), Is.EqualTo(test.Qemu.Layout.Base));
    }

    [Test]
    public void A_disabled_ring_that_has_lost_its_memory_stops_and_nobody_is_blamed()
    {
        using VringUnderTest test = new();
        test.Start();
        test.Ring.IsEnabled = false;
        test.Ring.BeforeMemoryChange();
        test.Memory.Clear();
        test.Ring.AfterMemoryChange();

        Assert.That((test.Ring.IsStarted, test.Ring.Fault), Is.EqualTo((false, RingFault.None)));
        Assert.That(test.Told, Has.None.Contains("Broken"));
    }

    [Test]
    public void V_9_another_size_takes_effect_with_the_next_start()
    {
        using VringUnderTest test = new(new RingKind(8));
        test.Start();
        test.Ring.Stop();
        Assert.That(test.Ring.SetSize(4, isPacked: false), Is.True);
        test.Ring.SetKick(VringUnderTest.Duplicate(test.Qemu.Kick));
        Assert.That(test.TryStart(), Is.Null);

        // Head 5 was good for a ring of 8.
        test.Driver.Offer(0, 0, 0, 0);
        ((MockDriverSplit)test.Driver).AvailableRing(0) = 5;
        Assert.That(test.Ring.Queue!.TryTake(test.Chain), Is.EqualTo(TakeResult.Broken));
    }

    [TestCase(0u, false, ExpectedResult = false)]
    [TestCase(0u, true, ExpectedResult = false)]
    [TestCase(3u, false, ExpectedResult = false)]
    [TestCase(3u, true, ExpectedResult = true)]
    [TestCase(1u, false, ExpectedResult = true)]
    [TestCase(32768u, false, ExpectedResult = true)]
    [TestCase(32768u, true, ExpectedResult = true)]
    [TestCase(32769u, true, ExpectedResult = false)]
    [TestCase(65536u, false, ExpectedResult = false)]
    [TestCase(0x80000000u, false, ExpectedResult = false)]
    [TestCase(uint.MaxValue, true, ExpectedResult = false)]
    public bool V_10_sizes(uint size, bool packed)
    {
        using VringUnderTest test = new();
        return test.Ring.SetSize(size, packed);
    }

    [Test]
    public void V_10_a_size_for_a_packed_ring_does_not_start_a_split_one()
    {
        using VringUnderTest test = new();
        test.SetUp();
        test.Ring.SetSize(3, isPacked: true);

        Assert.That(test.TryStart(), Does.Contain("power of two"));
    }

    [Test]
    public unsafe void V_16_what_is_no_eventfd_is_refused_and_closed([Values("kick", "call", "error")] string what, [Values] bool isFile)
    {
        using VringUnderTest test = new();
        byte empty = 0;
        int descriptor = isFile ? LibC.memfd_create(&empty, LibC.MFD_CLOEXEC) : LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM, 0);

        string? refusal = what switch
        {
            "kick" => test.Ring.SetKick(descriptor),
            "call" => test.Ring.SetCall(descriptor),
            _ => test.Ring.SetError(descriptor),
        };

        Assert.That(refusal, Does.StartWith("the descriptor is no eventfd"));
        Assert.That(LibC.fcntl(descriptor, LibC.F_GETFD, 0), Is.EqualTo(-1), "closed");
    }

    [Test]
    public unsafe void V_16_a_full_or_blocking_eventfd_does_not_stop_anything()
    {
        using VringUnderTest test = new();
        test.Start();
        int blocking = LibC.eventfd(0, LibC.EFD_CLOEXEC);
        ulong most = ulong.MaxValue - 1;
        Assert.That((int)LibC.write(blocking, &most, 8), Is.EqualTo(8));
        test.Ring.SetCall(VringUnderTest.Duplicate(blocking));
        test.Ring.SetKick(VringUnderTest.Duplicate(blocking));

        test.Ring.Call();
        test.Ring.OnReady(Readiness.Readable);
        test.Ring.OnReady(Readiness.Readable);

        Assert.That(test.Told, Has.Count.EqualTo(3), "looked at for the new descriptor too");
        _ = LibC.close(blocking);
    }

    [Test]
    public void Descriptors_are_closed_when_they_are_replaced_and_in_the_end([Values] bool isStarted)
    {
        using VringUnderTest test = new();
        for (int i = 0; i < 10; i++)
        {
            test.SetUp();
            if (isStarted)
                test.TryStart();
        }

        Assert.That(test.Qemu.OtherDescriptors, Is.EqualTo(3));
        test.Ring.Reset();
        Assert.That(test.Qemu.OtherDescriptors, Is.Zero);
        Assert.That(test.Loop.Watched, Is.Empty);
        Assert.That(test.TryStart(), Is.Null);
        Assert.That(test.Ring.IsStarted, Is.False, "nothing is known any more");
    }

    [Test]
    public void Enabling_is_told_once_and_survives_a_stop()
    {
        using VringUnderTest test = new();
        test.Ring.IsEnabled = false;
        test.Told.Clear();
        test.Ring.IsEnabled = true;
        test.Ring.IsEnabled = true;
        Assert.That(test.Told, Is.EqualTo(new[] { "Changed" }));

        test.Start();
        test.Ring.Stop();
        Assert.That(test.Ring.IsEnabled, Is.True);
        test.Ring.Reset();
        Assert.That(test.Ring.IsEnabled, Is.False);
    }

    private static void AssertBaseBroken(VringUnderTest test)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That((test.Ring.IsStarted, test.Ring.Queue, test.Ring.Fault), Is.EqualTo((true, default(Virtqueue), RingFault.BaseOutOfRange)));
            Assert.That(test.Told, Does.Contain("Broken BaseOutOfRange"));
            Assert.That(QemuRing.Read(test.Qemu.Error), Is.EqualTo(1));
            Assert.That(test.Loop.Watched, Is.Empty);
        }
    }

    /// <summary>Each buffer comes back, three times round a ring of 16.</summary>
    private static void AssertCirculates(VringUnderTest test, int buffers = 48)
    {
        for (int i = 0; i < buffers; i++)
        {
            test.Driver.AddTransmit([1]);
            Assert.That(test.Ring.Queue!.TryTake(test.Chain), Is.EqualTo(TakeResult.Taken));
            test.Ring.Queue.Return(test.Chain.Id, test.Chain.Slots, 0);
            test.Ring.Queue.Publish();
            Assert.That(test.Driver.TakeUsed(), Has.Count.EqualTo(1));
        }
    }
}
