using System.Net.Sockets;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Stream;

/// <summary>What may be at the path of the socket, and what is left of it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SocketFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string SocketPath => _directory.File("net0.sock");

    public void Dispose() => _directory.Dispose();

    [Test]
    public void The_file_is_there_while_we_listen_and_gone_afterwards()
    {
        using (Listen())
            Assert.That(File.Exists(SocketPath), Is.True);
        Assert.That(File.Exists(SocketPath), Is.False);
    }

    [Test]
    public void S_6_A_stale_socket_is_replaced()
    {
        FakeQemu.Listen(SocketPath).SafeHandle.Dispose();
        Assert.That(File.Exists(SocketPath), Is.True, "a closed socket leaves its file");

        using (LoopbackLink link = Listen())
        using (FakeQemu qemu = FakeQemu.Connect(SocketPath))
            link.Until(() => link.Guest.IsConnected, "connected");
        Assert.That(File.Exists(SocketPath), Is.False);
    }

    [Test]
    public void S_6_A_live_socket_is_an_error_and_stays()
    {
        using Socket live = FakeQemu.Listen(SocketPath);

        Assert.That(() => Listen(), Throws.TypeOf<UserErrorException>().With.Message.Contains("another process listens there"));
        Assert.That(live.Poll(0, SelectMode.SelectRead), Is.False, "its owner does not notice the question");
        using FakeQemu still = FakeQemu.Connect(SocketPath);
    }

    [Test]
    public void S_6_A_regular_file_is_never_touched()
    {
        File.WriteAllText(SocketPath, "precious");

        Assert.That(() => Listen(), Throws.TypeOf<UserErrorException>().With.Message.Contains("not a socket"));
        Assert.That(File.ReadAllText(SocketPath), Is.EqualTo("precious"));
    }

    [Test]
    public void S_6_A_symbolic_link_is_never_followed_nor_touched([Values] bool targetExists)
    {
        string target = _directory.File("target");
        if (targetExists)
            File.WriteAllText(target, "precious");
        File.CreateSymbolicLink(SocketPath, target);

        Assert.That(() => Listen(), Throws.TypeOf<UserErrorException>().With.Message.Contains("not a socket"));
        Assert.That(new FileInfo(SocketPath).LinkTarget, Is.EqualTo(target));
        Assert.That(File.Exists(target), Is.EqualTo(targetExists));
    }

    [Test]
    public void S_6_At_the_end_a_file_that_is_not_ours_any_more_stays()
    {
        using (Listen())
        {
            File.Delete(SocketPath);
            File.WriteAllText(SocketPath, "somebody else's");
        }

        Assert.That(File.ReadAllText(SocketPath), Is.EqualTo("somebody else's"));
    }

    [Test]
    public void S_6_At_the_end_a_socket_that_replaced_ours_stays()
    {
        Socket other;
        using (Listen())
        {
            File.Delete(SocketPath);
            other = FakeQemu.Listen(SocketPath);
        }

        Assert.That(File.Exists(SocketPath), Is.True);
        other.Dispose();
    }

    [Test]
    public void A_missing_directory_is_a_clear_error()
    {
        FrontendOptions options = LoopbackLink.Unix(_directory.File("missing/net0.sock"));

        Assert.That(() => new LoopbackLink(options), Throws.TypeOf<UserErrorException>().With.Property("Remedy").Contains("directory must exist"));
    }

    [Test]
    public void A_path_as_long_as_the_kernel_allows_works()
    {
        string path = _directory.File("").PadRight(108, 'x');
        using var link = new LoopbackLink(LoopbackLink.Unix(path));

        Assert.That(File.Exists(path), Is.True);
    }

    [TestCase(-1, "not an open socket")]
    [TestCase(999, "not an open socket")]
    public void A_descriptor_that_is_no_socket_is_a_clear_error(int descriptor, string message)
    {
        var options = new FrontendOptions { Kind = FrontendKind.Stream, Server = false, Address = new FdFrontendAddress(descriptor) };

        Assert.That(() => new LoopbackLink(options), Throws.TypeOf<UserErrorException>().With.Message.Contains(message));
    }

    [Test]
    public void Vhost_user_over_another_socket_than_a_unix_one_is_a_clear_error([Values] bool server)
    {
        using var inet = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        int descriptor = (int)inet.SafeHandle.DangerousGetHandle();
        var options = new FrontendOptions { Kind = FrontendKind.VhostUser, Server = server, Address = new FdFrontendAddress(descriptor) };

        Assert.That(() => new VhostUserPort(options, "net0", new RecordingLog()), Throws.TypeOf<UserErrorException>().With.Message.Contains("is not a unix socket"));
    }

    private LoopbackLink Listen() => new(LoopbackLink.Unix(SocketPath));
}
