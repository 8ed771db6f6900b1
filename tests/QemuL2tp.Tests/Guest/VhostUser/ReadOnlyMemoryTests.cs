using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>
/// Guest memory whose descriptor may only be read, such as QEMU's <c>memory-backend-file,readonly=on,rom=off</c>. A write to it would
/// end this process, and with it the test.
/// </summary>
[NonParallelizable]
internal sealed class ReadOnlyMemoryTests
{
    private const ulong GuestAddress = 1UL << 40;
    private const ulong UserAddress = 1UL << 45;
    private const int Size = 1 << 20;

    private static readonly MemoryRegion s_region = new(GuestAddress, Size, UserAddress, 0);

    [Test]
    public void Frames_are_sent_from_it([Values] bool isPacked, [Values] bool hasTable)
    {
        using var file = new MemoryFile(Size);
        byte[] frame = LoopbackLink.Frame(500);
        frame.CopyTo(file.Bytes[12..]);
        using VhostUserLink link = Start(isPacked);
        AddRegion(link, file, hasTable);

        link.Transmit.Add([(GuestAddress, 512u)], isReceive: false);
        link.Transmit.Kick();
        link.Turn();

        Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
        Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
    }

    [Test]
    public void An_indirect_table_may_be_in_it()
    {
        using var file = new MemoryFile(Size);
        using VhostUserLink link = Start(isPacked: false);
        AddRegion(link, file);
        byte[] frame = LoopbackLink.Frame(100);
        ulong at = link.Memory.Allocate(112);
        link.Memory.Write(at + 12, frame);
        BitConverter.TryWriteBytes(file.Bytes, at);
        BitConverter.TryWriteBytes(file.Bytes[8..], 112);

        link.Transmit.Offer(GuestAddress, 16, Descriptor.Indirect, 0);
        link.Transmit.KickAnyway();
        link.Turn();
        Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
    }

    [Test]
    public void A_receive_buffer_in_it_comes_back_empty_and_the_frame_goes_into_the_next([Values] bool isPacked, [Values(0, 1, 5, 300)] int before)
    {
        using var file = new MemoryFile(Size);
        using VhostUserLink link = Start(isPacked);
        AddRegion(link, file);
        using var log = new MemoryFile(1 << 23);
        link.FrontEnd.Run(link.Qemu.StartLog(1 << 23, log.Descriptor));
        byte[] frame = LoopbackLink.Frame(200);
        for (int i = 0; i < before; i++)
            link.Receive.Add([(GuestAddress + (ulong)(i * 1024), 1000u)], isReceive: true);
        link.Receive.AddReceive(1600);

        link.SendFromPeer(frame);

        List<MockUsed> used = link.Receive.TakeUsed();
        Assert.That(used.Take(before).Select(buffer => buffer.Bytes.Length), Is.All.Zero);
        Assert.That(used.Skip(before).Select(buffer => buffer.Bytes[12..]), Is.EqualTo(new[] { frame }));
        Assert.That(link.Link.Link.TunnelToGuest.DroppedInAll, Is.Zero);
        Assert.That(link.Port.RingsBroken, Is.Zero);
    }

    [Test]
    public void Buffers_that_were_merged_with_one_in_it_come_back_empty([Values] bool isPacked, [Values] bool isSecondPiece)
    {
        using var file = new MemoryFile(Size);
        using VhostUserLink link = Start(isPacked);
        AddRegion(link, file);
        byte[] frame = LoopbackLink.Frame(400);
        link.Receive.AddReceive(100);
        link.Receive.Add(isSecondPiece ? [(link.Memory.Allocate(50), 50u), (GuestAddress, 1000u)] : [(GuestAddress, 1000u)], isReceive: true);
        link.Receive.AddReceive(300);
        link.Receive.AddReceive(300);

        link.SendFromPeer(frame);

        List<MockUsed> used = link.Receive.TakeUsed();
        Assert.That(used.Select(buffer => buffer.Bytes.Length), Is.EqualTo(new[] { 0, 0, 300, 112 }));
        Assert.That(used[2].Bytes[10], Is.EqualTo(2), "two buffers make the frame");
    }

    [Test]
    public void Nothing_but_buffers_in_it_drop_the_frame_in_the_end()
    {
        using var file = new MemoryFile(Size);
        using VhostUserLink link = Start(isPacked: false, size: 2048);
        AddRegion(link, file);
        for (int i = 0; i < 2048; i++)
            link.Receive.Add([(GuestAddress, 1000u)], isReceive: true);

        link.SendFromPeer(LoopbackLink.Frame(200));

        Assert.That(link.Link.Link.TunnelToGuest.Dropped(FrameVerdict.ReceiveBufferTooSmall), Is.EqualTo(1));
        Assert.That(link.Receive.TakeUsed(), Has.Count.EqualTo(1024));
    }

    [Test]
    public void A_part_of_a_ring_that_the_device_writes_to_breaks_the_ring_when_it_is_in_it([Values] bool isPacked, [Values] bool isReceive, [Values] bool isStarted)
    {
        using var file = new MemoryFile(Size);
        using VhostUserLink link = Start(isPacked);
        AddRegion(link, file);
        MockDriver driver = isReceive ? link.Receive : link.Transmit;
        if (!isStarted)
            link.FrontEnd.Ask(MockMessage.RingValue(Request.GetVringBase, driver.Ring.Index, 0));

        MockMessage addresses = MockMessage.RingAddresses(driver.Ring.Index, UserOf(driver.Desc), UserAddress + 0x8000, UserOf(driver.Avail), isLogged: false, log: 0);
        link.FrontEnd.Run([addresses.WithNeedReply(), MockMessage.RingDescriptor(Request.SetVringKick, driver.Ring.Index, driver.Ring.Kick).WithNeedReply()]);

        Assert.That(link.Link.Log.Messages, Has.Some.Contains($"{(isReceive ? "receive" : "transmit")} queue 0 (ReadOnlyMemory)"));
        Assert.That(link.Port.RingsBroken, Is.EqualTo(1));
        AssertOtherRingWorks(link, isReceive);

        link.FrontEnd.Ask(MockMessage.RingValue(Request.GetVringBase, driver.Ring.Index, 0));
        link.FrontEnd.Run(link.Qemu.StartRing(driver.Ring));
        AssertOtherRingWorks(link, !isReceive);

        ulong UserOf(ulong guestAddress) => link.Memory.Ram.UserAddressOf(guestAddress);
    }

    [Test]
    public void A_packed_ring_in_it_is_broken_and_not_written_to()
    {
        using var file = new MemoryFile(Size);
        using VhostUserLink link = Start(isPacked: true);
        AddRegion(link, file);
        link.FrontEnd.Ask(MockMessage.RingValue(Request.GetVringBase, 1, 0));

        link.FrontEnd.Run(
        [
            MockMessage.RingAddresses(1, UserAddress, UserAddress + 0x2000, UserAddress + 0x3000, isLogged: false, log: 0).WithNeedReply(),
            MockMessage.RingDescriptor(Request.SetVringKick, 1, link.Transmit.Ring.Kick).WithNeedReply(),
        ]);

        Assert.That(link.Link.Log.Messages, Has.Some.Contains("transmit queue 0 (ReadOnlyMemory)"));
        AssertOtherRingWorks(link, isBrokenReceive: false);
    }

    [Test]
    public void Rings_follow_their_memory_when_it_becomes_such([Values] bool isPacked)
    {
        using VhostUserLink link = Start(isPacked);
        int descriptor = link.Memory.Ram.File.OpenReadOnly();
        link.FrontEnd.Run([MockMessage.AddRegion(link.Memory.Regions[0], descriptor).WithNeedReply()]);
        _ = Tmds.Linux.LibC.close(descriptor);

        link.Transmit.AddTransmit(LoopbackLink.Frame(100));
        link.Transmit.KickAnyway();
        link.Turn();
        Assert.That(link.Port.RingsBroken, Is.EqualTo(2));
        Assert.That(link.Port.IsConnected, Is.True);
    }

    [Test]
    public void It_is_plugged_and_unplugged_under_traffic([Values] bool isPacked)
    {
        using var file = new MemoryFile(Size);
        using VhostUserLink link = Start(isPacked);
        for (int i = 0; i < 20; i++)
        {
            AddRegion(link, file);
            AssertOtherRingWorks(link, isBrokenReceive: i % 2 == 0);
            link.FrontEnd.Run([MockMessage.RemoveRegion(s_region).WithNeedReply()]);
            AssertOtherRingWorks(link, isBrokenReceive: i % 2 != 0);
        }

        Assert.That((file.OtherMappings, file.OtherDescriptors), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_log_that_may_only_be_read_is_refused()
    {
        using var file = new MemoryFile(0x1000);

        Assert.That(DirtyLog.TryMap(0x1000, 0, file.OpenReadOnly(), out string? reason), Is.Null);
        Assert.That(reason, Does.Contain("may only be read"));
        Assert.That((file.OtherMappings, file.OtherDescriptors), Is.EqualTo((0, 0)));
    }

    private static VhostUserLink Start(bool isPacked, uint size = 512) => new VhostUserLink(new RingKind(size, isPacked, HasIndirect: true)).Start();

    private static void AddRegion(VhostUserLink link, MemoryFile file, bool hasTable = false)
    {
        int descriptor = file.OpenReadOnly();
        link.FrontEnd.Run([(hasTable
            ? MockMessage.MemoryTable([.. link.Memory.Regions, s_region], link.Memory.Ram.File.Descriptor, descriptor)
            : MockMessage.AddRegion(s_region, descriptor)).WithNeedReply()]);
        _ = Tmds.Linux.LibC.close(descriptor);
    }

    private static void AssertOtherRingWorks(VhostUserLink link, bool isBrokenReceive)
    {
        byte[] frame = LoopbackLink.Frame(123);
        if (isBrokenReceive)
        {
            link.SendFromGuest(frame);
            Assert.That(link.Link.ReceiveAtPeer(), Is.EqualTo(frame));
            Assert.That(link.Transmit.TakeUsed(), Has.Count.EqualTo(1));
            return;
        }

        link.Receive.AddReceive(1600);
        link.Receive.KickAnyway();
        link.SendFromPeer(frame);
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { frame }));
    }
}
