using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>
/// Front ends that set rings up anew without GET_VRING_BASE, as older Cloud Hypervisor does when the guest resets the device and
/// when an operating system follows a firmware: rings are only disabled.
/// </summary>
[NonParallelizable]
internal sealed class RestartTests
{
    private static readonly RingKind s_firmware = new(256);

    private static IEnumerable<RingKind> NextDrivers() =>
    [
        s_firmware,
        new RingKind(128, HasEventIndex: true, HasIndirect: true),
        new RingKind(128, IsPacked: true, HasEventIndex: true),
        new RingKind(256, IsPacked: true),
    ];

    [TestCaseSource(nameof(NextDrivers))]
    public void Another_driver_follows_when_the_rings_were_disabled(object kind) =>
        AssertFollows((RingKind)kind, (link, ring) => link.Qemu.StartRing(ring));

    [TestCaseSource(nameof(NextDrivers))]
    public void It_may_leave_out_the_base(object kind) =>
        AssertFollows((RingKind)kind, (link, ring) => link.Qemu.StartRing(ring).Where(message => message.Request != Request.SetVringBase));

    [Test]
    public void It_may_leave_out_size_and_base_when_the_features_stay() =>
        AssertFollows(s_firmware, (link, ring) => link.Qemu.StartRing(ring).Where(message => message.Request is not (Request.SetVringBase or Request.SetVringNum)));

    [Test]
    public void The_call_descriptor_may_come_first()
    {
        AssertFollows(s_firmware, (link, ring) =>
        {
            MockMessage[] messages = [.. link.Qemu.StartRing(ring)];
            return [.. messages.Where(IsCall), .. messages.Where(message => !IsCall(message))];
        });

        static bool IsCall(MockMessage message) => message.Request == Request.SetVringCall;
    }

    [Test]
    public void A_packed_driver_follows_a_packed_one()
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64, IsPacked: true)).Start();
        AssertCarries(link, rounds: 100);
        Follow(link, new RingKind(64, IsPacked: true), (_, ring) => link.Qemu.StartRing(ring).Where(message => message.Request != Request.SetVringBase));
        AssertCarries(link, rounds: 100);
    }

    [Test]
    public void Rings_that_run_may_not_be_set_up_anew([Values(Request.SetVringNum, Request.SetVringBase)] Request request)
    {
        using VhostUserLink link = new VhostUserLink(s_firmware).Start();
        link.FrontEnd.Ask(MockMessage.RingValue(request, 1, 64));
        Assert.That(link.FrontEnd.IsClosed(), Is.True);
    }

    [Test]
    public void A_ring_that_is_disabled_and_enabled_goes_on_where_it_was([Values] bool isPacked)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64, isPacked)).Start();
        AssertCarries(link, rounds: 10);
        link.FrontEnd.Run(link.Qemu.EnablePair(0, false));
        link.FrontEnd.Run([MockMessage.Number(Request.SetFeatures, link.Qemu.Features).WithNeedReply()]);
        link.FrontEnd.Run(link.Qemu.EnablePair(0, true));
        AssertCarries(link, rounds: 10);
    }

    [Test]
    public void A_base_that_does_not_fit_stops_its_ring_only_until_a_better_one_comes([Values] bool isPacked, [Values] bool asksForBase)
    {
        using var link = new VhostUserLink(new RingKind(64, isPacked));
        link.Connect();
        QemuRing transmit = link.Qemu.Rings[1];
        RingLayout good = transmit.Layout;
        transmit.Layout = good with { Base = isPacked ? 64u : 5 };
        link.FrontEnd.Run(link.Qemu.Start());
        Assert.That(link.Link.Log.Messages, Has.Some.Contains("the front end broke the rules of transmit queue 0 (BaseOutOfRange)"));
        byte[] frame = LoopbackLink.Frame(60);
        link.Receive.AddReceive(1600);
        link.SendFromPeer(frame);
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frame }), "the other ring works");

        if (asksForBase)
        {
            ulong answer = link.FrontEnd.Ask(MockMessage.RingValue(Request.GetVringBase, 1, 0))!.Value;
            Assert.That((uint)(answer >> 32), Is.EqualTo(good.Base));
        }

        transmit.Layout = good;
        link.FrontEnd.Run(link.Qemu.StartRing(transmit));
        AssertCarries(link, rounds: 100);
        Assert.That(link.Port.RingsBroken, Is.EqualTo(1));
    }

    /// <summary>
    /// A virtio-user of DPDK that listens: it begins by stopping rings that the new back end knows nothing of, sends no SET_OWNER,
    /// and says for each split ring that it begins at 0.
    /// </summary>
    [TestCase(3)]
    [TestCase(400)]
    public void A_front_end_goes_on_with_a_back_end_that_was_started_again(int rounds)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64, HasIndirect: true)).Start();
        AssertCarries(link, rounds);
        link.Disconnect();

        link.FrontEnd = MockFrontEnd.Connect(link.SocketPath, link.Turn);
        link.Qemu.NeedsReply = false; // It has agreed on nothing with this one yet.
        link.FrontEnd.Run(link.Qemu.EnablePair(0, false));
        foreach (QemuRing ring in link.Qemu.Rings)
        {
            Assert.That(link.FrontEnd.Ask(MockMessage.RingValue(Request.GetVringBase, ring.Index, 0)), Is.EqualTo((ulong)ring.Index));
            ring.Layout = ring.Layout with { Base = 0 };
        }

        link.FrontEnd.Run([MockMessage.Empty(Request.GetProtocolFeatures), MockMessage.Number(Request.SetProtocolFeatures, link.Qemu.ProtocolFeatures)]);
        link.Qemu.NeedsReply = true;
        link.FrontEnd.Run(link.Qemu.Start());
        AssertCarries(link, rounds);
        Assert.That(link.Port.RingsBroken, Is.Zero);
    }

    [Test]
    public void A_packed_ring_that_never_was_set_up_answers_the_base_of_a_new_one()
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64, IsPacked: true)).Start();
        Assert.That(link.FrontEnd.Ask(MockMessage.RingValue(Request.GetVringBase, 6, 0)), Is.EqualTo(((ulong)PackedVirtqueue.FirstBase << 32) | 6));
    }

    private static void AssertFollows(RingKind kind, Func<VhostUserLink, QemuRing, IEnumerable<MockMessage>> startRing)
    {
        using VhostUserLink link = new VhostUserLink(s_firmware).Start();
        AssertCarries(link, rounds: 10);
        Follow(link, kind, startRing);
        AssertCarries(link, rounds: 300);
        Assert.That(link.Port.RingsBroken, Is.Zero);
        Assert.That(link.Port.Connections, Is.EqualTo(1));
    }

    /// <summary>Another driver takes over the device, with memory and rings of its own.</summary>
    private static void Follow(VhostUserLink link, RingKind kind, Func<VhostUserLink, QemuRing, IEnumerable<MockMessage>> startRing)
    {
        link.FrontEnd.Run(link.Qemu.EnablePair(0, false));
        link.NewGuest(kind);
        link.FrontEnd.Run([MockMessage.Number(Request.SetFeatures, link.Qemu.Features).WithNeedReply()]);
        link.FrontEnd.Run([MockMessage.MemoryTable(link.Memory.Regions, link.Memory.Ram.File.Descriptor).WithNeedReply()]);
        link.FrontEnd.Run(link.Qemu.Rings.SelectMany(ring => startRing(link, ring)));
        link.FrontEnd.Run(link.Qemu.EnablePair(0, true));
    }

    /// <summary>Frames pass both ways, each buffer comes back, and the driver is called.</summary>
    private static void AssertCarries(VhostUserLink link, int rounds)
    {
        link.Transmit.TakeCalls();
        for (int i = 0; i < rounds; i++)
        {
            byte[] frame = LoopbackLink.Frame(60 + i, i);
            link.SendFromGuest(frame);
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
            Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1), $"round {i}");
            link.Receive.AddReceive(1600);
            link.Receive.Kick();
            link.SendFromPeer(frame);
            Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frame }), $"round {i}");
        }

        Assert.That(link.Transmit.TakeCalls(), Is.Not.Zero);
    }
}
