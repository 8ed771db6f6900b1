using System.Net;
using System.Net.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>QEMU's socket is there, and this user may not open it.</summary>
internal sealed class SocketPermissionTests : ProgramTest
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode All = OwnerOnly
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    [Test]
    public void The_missing_permission_is_a_warning_told_once_until_it_works(
        [Values("stream,server=off,addr.type=unix,addr.path={0}", "vhost-user,server=off,path={0}", "dgram,local.type=unix,local.path={1},remote.type=unix,remote.path={0}")] string frontend,
        [Values] bool isDirectory)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("a file that this user may not open needs another user; run as root");
        string directory = Directory.CreateDirectory(FileName("qemu")).FullName;
        string path = Path.Combine(directory, "q");
        bool isDatagram = frontend.StartsWith("dgram", StringComparison.Ordinal);
        using var qemu = new Socket(AddressFamily.Unix, isDatagram ? SocketType.Dgram : SocketType.Stream, ProtocolType.Unspecified);
        qemu.Bind(new UnixDomainSocketEndPoint(path));
        if (!isDatagram)
            qemu.Listen();
        File.SetUnixFileMode(path, isDirectory ? All : OwnerOnly);
        File.SetUnixFileMode(directory, isDirectory ? OwnerOnly : All);
        Directory.CreateDirectory(FileName("ours"));
        File.SetUnixFileMode(FileName("ours"), All);

        string netdev = Netdev();
        ProgramProcess process = StartAsNobody("-netdev", netdev, "--frontend", string.Format(null, frontend, path, FileName("ours/s")));
        process.Until(() => Warnings(process).Length > 0, "the warning");
        Assert.That(Warnings(process)[0], Does.Contain(": Permission denied: ").And.Contains(isDirectory ? $"may not search the directory {directory}, which has mode 0700, user 0, group 0" : "write permission on this socket, which has mode 0700, user 0, group 0"));
        // Ten attempts later it has not said it again.
        // Clock: where they are fewer, less is found, and nothing fails.
        Thread.Sleep(2000);
        Assert.That(Warnings(process), Has.Length.EqualTo(1));

        File.SetUnixFileMode(isDirectory ? directory : path, All);
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        process.Until(
            () =>
            {
                // Where there is no connection, it is found out when a frame comes.
                SendFrame(peer, netdev);
                return process.Errors.Contains(isDatagram ? "QEMU found at" : "QEMU connected at", StringComparison.Ordinal);
            },
            "it works");
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(Warnings(process), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_socket_in_the_way_that_may_not_be_opened_is_not_said_to_be_another_process()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("a file that this user may not open needs another user; run as root");
        string directory = Directory.CreateDirectory(FileName("qemu")).FullName;
        string path = Path.Combine(directory, "q");
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, OwnerOnly);
        File.SetUnixFileMode(directory, All);
        ProgramProcess process = StartAsNobody("-netdev", Netdev(), "--frontend", $"stream,server=on,addr.type=unix,addr.path={path}");
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.Contain("a socket that this process may not open is there").And.Contains("mode 0700"));
    }

    private static string[] Warnings(ProgramProcess process) =>
        [.. process.Errors.Split('\n').Where(line => line.StartsWith("qemu-l2tp: warning: ", StringComparison.Ordinal) && line.Contains("waiting for QEMU", StringComparison.Ordinal))];

    private static void SendFrame(Socket peer, string netdev)
    {
        L2tpv3Options options = NetdevParser.Parse(netdev, []);
        var codec = new L2tpPeer { OverUdp = true, SendSession = options.ReceiveSession, ExpectSession = options.TransmitSession };
        if (!peer.IsBound)
            peer.Bind(new IPEndPoint(IPAddress.Parse(options.Destination), int.Parse(options.DestinationPort!, null)));
        peer.SendTo(codec.Encode(LoopbackLink.Frame(60), 0), new IPEndPoint(IPAddress.Parse(options.Source), int.Parse(options.SourcePort!, null)));
    }
}
