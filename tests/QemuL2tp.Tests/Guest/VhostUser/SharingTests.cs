using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser;

/// <summary>Guest memory that is not shared is told of, and nobody else is.</summary>
internal sealed class SharingTests
{
    [Test]
    public void A_front_end_that_gives_no_memory_is_told_of_once([Values] bool isPacked)
    {
        using VhostUserLink link = New(isPacked);
        link.Connect();
        link.FrontEnd.Run(link.Qemu.Start().Where(message => message.Request != Request.AddMemReg));
        Assert.That(Told(link), Is.Empty, "it may still come");

        link.Loop.FireTimers();
        link.FrontEnd.Run(link.Qemu.EnablePair(0, true));
        link.FrontEnd.Run(link.Qemu.Rings.SelectMany(link.Qemu.StartRing));
        link.Loop.FireTimers();
        Assert.That(Told(link), Has.Count.EqualTo(1));
        Assert.That(Told(link)[0], Does.Contain("no guest memory").And.Contain("share=on"));

        link.Disconnect();
        link.NewGuest();
        link.Connect();
        link.FrontEnd.Run(link.Qemu.Start().Where(message => message.Request != Request.AddMemReg));
        link.Loop.FireTimers();
        Assert.That(Told(link), Has.Count.EqualTo(2), "another front end");
    }

    [Test]
    public void Memory_may_come_after_the_rings()
    {
        using VhostUserLink link = New();
        link.Connect();
        link.FrontEnd.Run(link.Qemu.Start().Where(message => message.Request != Request.AddMemReg));
        link.FrontEnd.Run(link.Qemu.ShareMemory());
        link.Loop.FireTimers();
        Assert.That(Told(link), Is.Empty);
    }

    [Test]
    public void Memory_in_which_nothing_changes_is_told_of_once_when_the_guest_has_kicked([Values] bool isPacked, [Values(0, 1)] int ring)
    {
        using VhostUserLink link = New(isPacked);
        link.Start();
        Assert.That(Told(link), Is.Empty, "QEMU's own kick");

        for (int i = 0; i < 20; i++)
        {
            link.Drivers[ring].KickAnyway();
            link.Turn();
        }

        Assert.That(Told(link), Has.Count.EqualTo(1));
        Assert.That(Told(link)[0], Does.Contain("nothing changes").And.Contain("share=on"));
    }

    [Test]
    public void A_guest_that_kicks_and_has_something_to_show_is_not_blamed([Values] bool isPacked, [Values("buffer", "elsewhere", "consumed")] string what)
    {
        using VhostUserLink link = New(isPacked);
        link.Start();
        switch (what)
        {
            case "buffer":
                link.Receive.AddReceive(1600);
                break;
            case "elsewhere":
                link.Memory.Write(link.Memory.Regions[0].GuestAddress + link.Memory.Regions[0].Size - 1, [1]);
                break;
            default:
                link.Transmit.AddTransmit(LoopbackLink.Frame(60));
                BatchUnderTest batch = link.NewBatch();
                link.Port.Fill(batch.Batch);
                link.Port.Complete(batch.Batch, 1);
                batch.Batch.RemoveFirst(1);
                break;
        }

        for (int i = 0; i < 20; i++)
        {
            link.Transmit.KickAnyway();
            link.Receive.KickAnyway();
            link.Turn();
        }

        link.Loop.FireTimers();
        Assert.That(Told(link), Is.Empty);
    }

    [Test]
    public void A_guest_that_has_had_a_back_end_before_is_not_blamed([Values(0, 1)] int ring)
    {
        using VhostUserLink link = New(isPacked: true);
        QemuRing resumed = link.Qemu.Rings[1];
        resumed.Layout = resumed.Layout with { Base = PackedVirtqueue.FirstBase | 5 };
        link.Start();

        for (int i = 0; i < 20; i++)
        {
            link.Drivers[ring].KickAnyway();
            link.Turn();
        }

        Assert.That(Told(link), Is.Empty);
    }

    [Test]
    public void An_idle_guest_is_not_blamed()
    {
        using VhostUserLink link = New();
        link.Start();
        for (int i = 0; i < 20; i++)
        {
            link.Turn();
            link.Loop.FireTimers();
        }

        Assert.That(Told(link), Is.Empty);
    }

    private static VhostUserLink New(bool isPacked = false) => new(new RingKind(64, isPacked), hasPump: false);

    private static List<string> Told(VhostUserLink link) => [.. link.Log.Messages.Where(message => message.Contains("shared", StringComparison.Ordinal))];
}
