using QemuL2tp.EventLoop;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Dgram;

/// <summary>A QEMU that does not read, whose queue the kernel keeps short (net.unix.max_dgram_qlen, 10 by default).</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DgramBackPressureTests : IDisposable
{
    private const int Frames = 2000;

    private readonly DgramPaths _paths = new();

    public void Dispose() => _paths.Dispose();

    [Test]
    public void Its_frames_wait_without_a_busy_turn_and_the_other_direction_goes_on()
    {
        using DgramQemu qemu = _paths.StartQemu();
        using var link = new LoopbackLink(_paths.Options, threads: 0);
        Fill(link);
        long waits = ((DgramPort)link.Guest).Counters.SendBufferFull;
        for (int i = 0; i < 50; i++)
        {
            Assert.That(link.Worker.RunTurn(0), Is.False, "nothing to do");
            qemu.Send(LoopbackLink.Frame(100, i));
            link.Turn();
            Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(100, i)));
        }

        Assert.That(((DgramPort)link.Guest).Counters.SendBufferFull, Is.EqualTo(waits), "sending was not tried in vain");
        for (int i = 0; i < Frames; i++)
        {
            Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(300, i)));
            link.Turn();
        }

        Assert.That(link.Link.TunnelToGuest.DroppedInAll, Is.Zero);
    }

    [Test]
    public void A_QEMU_that_goes_away_meanwhile_frees_the_direction()
    {
        using var link = new LoopbackLink(_paths.Options, threads: 0);
        using (_paths.StartQemu())
            Fill(link);

        link.Turn();
        link.Turn();
        Assert.That(link.Guest.IsConnected, Is.False);
        using DgramQemu next = _paths.StartQemu();
        link.SendFromPeer(LoopbackLink.Frame(61));
        link.Turn();
        Assert.That(next.Receive(), Is.EqualTo(LoopbackLink.Frame(61)));
    }

    private static void Fill(LoopbackLink link)
    {
        for (int i = 0; i < Frames; i++)
            link.SendFromPeer(LoopbackLink.Frame(300, i));
        link.Turn();
        link.Turn();
        Assert.That(link.Link.TunnelToGuest.FramesOut, Is.LessThan(Frames), "the queue is not full");
    }
}
