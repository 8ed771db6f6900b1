using QemuL2tp.Frames;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Dgram;

/// <summary>QEMU takes an empty datagram for the end and never reads again: none may leave, whatever is in a batch.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class EmptyDatagramTests : IDisposable
{
    private readonly DgramPaths _paths = new();

    public void Dispose() => _paths.Dispose();

    [Test]
    public void A_frame_without_a_byte_is_dropped_and_its_neighbours_arrive()
    {
        using DgramQemu qemu = _paths.StartQemu();
        using var port = new DgramPort(_paths.Options, "net0", new RecordingLog());
        using var batch = new BatchUnderTest();
        port.Attach(new ManualLoop(), new ManualLoop());
        batch.Add([]);
        batch.Add([1, 2, 3]);
        batch.Add([], []);
        batch.Add([4]);
        batch.Add([]);

        Assert.That(port.Sink.Accept(batch.Batch), Is.EqualTo(5));
        Assert.That(batch.Counters.Dropped(FrameVerdict.EmptyFrame), Is.EqualTo(3));
        Assert.That(qemu.Receive(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(qemu.Receive(), Is.EqualTo(new byte[] { 4 }));
        Assert.That(qemu.HasFrame, Is.False);
    }

    [Test]
    public void A_packet_with_nothing_behind_its_header_reaches_no_QEMU()
    {
        using DgramQemu qemu = _paths.StartQemu();
        using var link = new LoopbackLink(_paths.Options);
        link.SendFromPeer([]);
        link.SendFromPeer([5]);
        Assert.That(qemu.Receive(), Is.EqualTo(new byte[] { 5 }));
        Assert.That(() => link.Link.TunnelToGuest.Dropped(FrameVerdict.EmptyFrame), Is.EqualTo(1).After(Loopback.PatienceMilliseconds, 2));
    }
}
