using QemuL2tp.Options;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A directory with the two paths of unix datagrams, and what is usual over them.</summary>
internal sealed class DgramPaths : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string Ours => _directory.File("ours");

    public string Qemus => _directory.File("qemus");

    public FrontendOptions Options => new() { Kind = FrontendKind.Dgram, Server = false, Address = new DatagramFrontendAddress(new UnixFrontendAddress(Ours), new UnixFrontendAddress(Qemus)) };

    public DgramQemu StartQemu() => DgramQemu.Unix(Qemus, Ours);

    public static void AssertTraffic(LoopbackLink link, DgramQemu qemu)
    {
        byte[][] frames = [LoopbackLink.Frame(14), LoopbackLink.Frame(60), LoopbackLink.Frame(1514), LoopbackLink.Frame(9014)];
        qemu.Send(frames);
        foreach (byte[] frame in frames)
            Assert.That(link.ReceiveAtPeer(), Is.EqualTo(frame));
        foreach (byte[] frame in frames)
            link.SendFromPeer(frame);
        foreach (byte[] frame in frames)
            Assert.That(qemu.Receive(), Is.EqualTo(frame));
    }

    public void Dispose() => _directory.Dispose();
}
