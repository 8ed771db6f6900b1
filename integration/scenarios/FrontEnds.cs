using QemuL2tp.Integration.Peers;
using QemuL2tp.Options;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Every form of front end against a real QEMU, told what our own program prints to paste.</summary>
[TestFixture]
public sealed class FrontEnds
{
    private static int _number = 180;

    [SetUp]
    public void Only_for_qemu_l2tp() => Lab.NeedsQemuL2tp();

    [TestCase("stream,server=on,addr.type=unix,addr.path={0}.sock", TestName = "stream_unix_we_listen")]
    [TestCase("stream,server=off,addr.type=unix,addr.path={0}.sock", TestName = "stream_unix_QEMU_listens")]
    [TestCase("stream,server=on,addr.type=unix,addr.path={0},addr.abstract=on", TestName = "stream_abstract_we_listen")]
    [TestCase("stream,server=off,addr.type=unix,addr.path={0},addr.abstract=on", TestName = "stream_abstract_QEMU_listens")]
    [TestCase("stream,server=on,addr.type=unix,addr.path={0},addr.abstract=on,addr.tight=off", TestName = "stream_abstract_padded_we_listen")]
    [TestCase("stream,server=on,addr.type=inet,addr.host=127.0.0.1,addr.port={1}", TestName = "stream_inet_IPv4_we_listen")]
    [TestCase("stream,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port={1}", TestName = "stream_inet_IPv4_QEMU_listens")]
    [TestCase("stream,server=on,addr.type=inet,addr.host=::1,addr.port={1}", TestName = "stream_inet_IPv6_we_listen")]
    [TestCase("stream,server=off,addr.type=inet,addr.host=::1,addr.port={1}", TestName = "stream_inet_IPv6_QEMU_listens")]
    [TestCase("socket,listen=127.0.0.1:{1}", TestName = "socket_we_listen")]
    [TestCase("socket,connect=127.0.0.1:{1}", TestName = "socket_QEMU_listens")]
    [TestCase("dgram,local.type=unix,local.path={0}.ours,remote.type=unix,remote.path={0}.qemus", TestName = "dgram_unix")]
    [TestCase("dgram,local.type=inet,local.host=127.0.0.1,local.port={1},remote.type=inet,remote.host=127.0.0.1,remote.port={2}", TestName = "dgram_inet")]
    [TestCase("dgram,remote.type=inet,remote.host=230.0.0.1,remote.port={1},local.type=inet,local.host=127.0.0.1,local.port={1}", TestName = "dgram_multicast")]
    [TestCase("socket,udp=127.0.0.1:{1},localaddr=127.0.0.1:{2}", TestName = "socket_udp")]
    [TestCase("socket,mcast=230.0.0.1:{1},localaddr=127.0.0.1", TestName = "socket_mcast")]
    public void Carries_frames_both_ways(string frontend)
    {
        (string name, Wire wire) = Next();
        string text = string.Format(System.Globalization.CultureInfo.InvariantCulture, frontend, Path.Combine(Settings.RunDirectory, name), 24000 + (2 * wire.Number), 24001 + (2 * wire.Number));
        using var far = new UdpFarEnd(wire);
        using Child program = Child.Start(name, Settings.Program, ["-netdev", wire.Netdev, "--frontend", text]);
        Until.True(() => program.Output.Contains("-netdev", StringComparison.Ordinal), () => $"ready: {program.Error}");
        using var qemu = new QemuHub(name, PastedNetdev(program.Output));
        using Child hub = Child.Start(name + "-qemu", qemu.Command[0], qemu.Command.Skip(1));

        AssertTraffic(qemu, far, hub, hearsItself: frontend.Contains("230.0.0.1", StringComparison.Ordinal));
    }

    [TestCase("stream", "stream,addr.type=fd,addr.str=@FD1@", "stream,server=off,addr.type=fd,addr.str=@FD1@", TestName = "stream_descriptors_of_a_socket_pair")]
    [TestCase("stream", "socket,fd=@FD1@", "socket,fd=@FD1@", TestName = "socket_descriptors_of_a_socket_pair")]
    [TestCase("dgram", "dgram,local.type=fd,local.str=@FD1@", "dgram,local.type=fd,local.str=@FD1@", TestName = "dgram_descriptors_of_a_socket_pair")]
    [TestCase("dgram", "socket,fd=@FD1@", "socket,fd=@FD1@", TestName = "socket_descriptors_of_a_datagram_socket_pair")]
    public void A_socket_pair_carries_frames_and_the_program_ends_with_QEMU(string type, string ours, string theirs)
    {
        (string name, Wire wire) = Next();
        string pidFile = Path.Combine(Settings.RunDirectory, name + ".pid");
        using var far = new UdpFarEnd(wire);
        using var qemu = new QemuHub(name, theirs);
        string launcher = Path.Combine(TestContext.CurrentContext.TestDirectory, "with-socketpair");
        using Child both = Child.Start(name, "perl", [launcher, type, Settings.Program, "-netdev", wire.Netdev, "--frontend", ours, "--pid-file", pidFile, "--", .. qemu.Command]);
        AssertTraffic(qemu, far, both);

        // Frames may come before the start is done.
        Until.True(() => File.Exists(pidFile), () => $"the program is ready: {both.Error}");
        int program = int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture);
        both.Signal(Signals.Term); // QEMU's, which has taken the place of the launcher.
        Until.True(
            () =>
            {
                // Of datagrams the kernel tells only whoever sends that nobody is there.
                if (type == "dgram")
                    far.Send(Frame(1));
                return !File.Exists(pidFile) && !IsRunning(program);
            },
            "the program has ended too");
    }

    [Test]
    public void Unix_datagrams_survive_the_restarts_of_QEMU_and_ours()
    {
        (string name, Wire wire) = Next();
        string path = Path.Combine(Settings.RunDirectory, name);
        string text = $"dgram,local.type=unix,local.path={path}.ours,remote.type=unix,remote.path={path}.qemus";
        using var far = new UdpFarEnd(wire);
        using var qemu = new QemuHub(name, $"dgram,local.type=unix,local.path={path}.qemus,remote.type=unix,remote.path={path}.ours");
        Child hub = StartHub();
        Child program = StartProgram();
        try
        {
            AssertTraffic(qemu, far, hub);
            for (int i = 0; i < 2; i++)
            {
                hub.Dispose();
                File.Delete(Path.Combine(Settings.RunDirectory, $"{name}-q"));
                far.Send(Frame(1));
                Until.True(() => program.Error.Split("QEMU is gone").Length == i + 2, "that QEMU is gone is noticed");
                hub = StartHub();
                AssertTraffic(qemu, far, hub);
            }

            program.Dispose(); // Killed: its file stays.
            program = StartProgram();
            AssertTraffic(qemu, far, hub);
        }
        finally
        {
            hub.Dispose();
            program.Dispose();
        }

        Child StartHub() => Child.Start(name + "-qemu", qemu.Command[0], qemu.Command.Skip(1));

        Child StartProgram() => Child.Start(name, Settings.Program, ["-netdev", wire.Netdev, "--frontend", text]);
    }

    /// <summary>An empty datagram is the end for QEMU, which is shown last; so none of ours was one.</summary>
    [Test]
    public void A_packet_without_a_frame_does_not_end_the_reception_of_datagrams()
    {
        (string name, Wire wire) = Next();
        string path = Path.Combine(Settings.RunDirectory, name);
        using var far = new UdpFarEnd(wire);
        using var qemu = new QemuHub(name, $"dgram,local.type=unix,local.path={path}.qemus,remote.type=unix,remote.path={path}.ours");
        using Child program = Child.Start(name, Settings.Program, ["-netdev", wire.Netdev, "--frontend", $"dgram,local.type=unix,local.path={path}.ours,remote.type=unix,remote.path={path}.qemus"]);
        using Child hub = Child.Start(name + "-qemu", qemu.Command[0], qemu.Command.Skip(1));
        AssertTraffic(qemu, far, hub);
        for (int i = 0; i < 10; i++)
            far.Send([]);
        AssertTraffic(qemu, far, hub);
        program.Signal(Signals.Usr1);
        Until.True(() => program.Error.Contains("dropped EmptyFrame: 10", StringComparison.Ordinal), program.Error);

        QemuHub.SendTo($"{path}.qemus", []);
        far.Send(Frame(1));
        for (int i = 0; i < 20; i++)
        {
            // It goes on to send, and would have had time to read.
            qemu.Send(Frame(2));
            Assert.That(far.Receive(), Is.EqualTo(Frame(2)));
        }

        Assert.That(qemu.HasFrame, Is.False, "QEMU reads no more");
    }

    private static (string Name, Wire Wire) Next()
    {
        int number = Interlocked.Increment(ref _number);
        return ($"frontend{number}", UdpFarEnd.WireOf(number));
    }

    /// <summary>What the program printed, without its id and without the device: QEMU runs without a machine here.</summary>
    private static string PastedNetdev(string output)
    {
        string netdev = output.Split(' ')[1];
        return string.Join(',', netdev.Split(',').Where(part => !part.StartsWith("id=", StringComparison.Ordinal)));
    }

    /// <param name="qemu">QEMU's side.</param>
    /// <param name="far">The tunnel's.</param>
    /// <param name="process">Of QEMU.</param>
    /// <param name="hearsItself">In a multicast group QEMU receives its own frames too.</param>
    private static void AssertTraffic(QemuHub qemu, UdpFarEnd far, Child process, bool hearsItself = false)
    {
        // The first frames are lost while the two find one another.
        Until.True(() => qemu.IsUp || !process.Running, "QEMU is up");
        Until.True(
            () =>
            {
                far.Send(Frame(0));
                return qemu.HasFrame;
            },
            $"a frame comes through: {process.Error}");
        far.Send(Frame(100));
        for (byte[] frame = qemu.Receive(); !frame.SequenceEqual(Frame(100)); frame = qemu.Receive())
            Assert.That(frame, Is.EqualTo(Frame(0)));

        for (byte i = 1; i <= 20; i++)
        {
            qemu.Send(Frame(i));
            Assert.That(far.Receive(), Is.EqualTo(Frame(i)));
            if (hearsItself)
                Assert.That(qemu.Receive(), Is.EqualTo(Frame(i)));
            far.Send(Frame(i));
            Assert.That(qemu.Receive(), Is.EqualTo(Frame(i)));
        }
    }

    private static byte[] Frame(byte seed) => [.. Enumerable.Range(0, 60 + (seed * 10)).Select(i => (byte)(i == 0 ? 3 : i + seed))];

    private static bool IsRunning(int process) => Directory.Exists($"/proc/{process}");
}
