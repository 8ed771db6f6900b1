using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Guest.Sockets;

internal sealed class StreamListenerTests
{
    [Test]
    public void A_listening_socket_that_its_giver_shuts_down_is_told_once_and_left_alone()
    {
        using var directory = new TemporaryDirectory();
        using Socket socket = FakeQemu.Listen(directory.File("s"));
        int ours = LibC.fcntl((int)socket.Handle, LibC.F_DUPFD_CLOEXEC, 0);
        var log = new RecordingLog();
        var loop = new ManualLoop();
        using var listener = new StreamListener(new FrontendOptions { Kind = FrontendKind.Stream, Server = true, Address = new FdFrontendAddress(ours) }, "net0", log);
        listener.Attach(loop, () => true, _ => Assert.Fail("nobody has connected"));

        Assert.That(LibC.shutdown((int)socket.Handle, LibC.SHUT_RDWR), Is.Zero);
        loop.Turn();

        Assert.That(loop.Watched, Is.Empty);
        Assert.That(log.Events.Single(), Is.EqualTo((EventLevel.Error, $"net0: descriptor {ours} no longer listens: another process has shut the socket down; no QEMU can connect any more")));
    }
}
