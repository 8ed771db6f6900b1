using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Start, end, and what is left behind. The harness plays QEMU and the far end; no machine is booted.</summary>
[TestFixture]
public sealed class Lifecycle
{
    private static readonly byte[] s_frame = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];

    [SetUp]
    public void Only_for_qemu_l2tp() => Lab.NeedsQemuL2tp();

    [Test]
    public void A_hundred_connections_leave_nothing_behind()
    {
        Wire wire = UdpFarEnd.WireOf(100);
        using var far = new UdpFarEnd(wire);
        using QemuL2tpBackEnd backEnd = Started("hundred", wire);
        ConnectAndTalk(backEnd, wire, far);
        (int Threads, int Descriptors, int Sockets) before = Footprint(backEnd, wire);

        for (int i = 0; i < 100; i++)
        {
            ConnectAndTalk(backEnd, wire, far);
        }

        Until.True(
            () => Footprint(backEnd, wire) is var now && now.Threads <= before.Threads && now.Descriptors <= before.Descriptors,
            () => $"as few threads and descriptors as after one connection ({before}, now {Footprint(backEnd, wire)})");
        Assert.That(Footprint(backEnd, wire).Sockets, Is.EqualTo(1));
        TestContext.Out.WriteLine($"{before.Threads} threads, {before.Descriptors} descriptors after one and after a hundred connections");
    }

    [TestCase(Signals.Term, TestName = "SIGTERM_ends_it")]
    [TestCase(Signals.Int, TestName = "SIGINT_ends_it")]
    public void A_signal_ends_it(int signal)
    {
        Wire wire = UdpFarEnd.WireOf(101);
        using var far = new UdpFarEnd(wire);
        var slowest = TimeSpan.Zero;
        for (int i = 0; i < 5; i++)
        {
            using QemuL2tpBackEnd backEnd = Started("signal", wire);
            using var qemu = new StreamClient(backEnd.SocketOf(wire));
            Talk(qemu, far);
            // Clock: it is printed.
            var watch = Stopwatch.StartNew();
            backEnd.Process.Signal(signal);
            Until.True(() => !backEnd.Process.Running, "it has ended");
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
            backEnd.Process.WaitForExit();
            Assert.That(backEnd.Process.ExitCode, Is.Zero, backEnd.Process.Error);
            Assert.That(File.Exists(backEnd.SocketOf(wire)), Is.False, "the socket file is left behind");
        }

        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"slowest of five: {slowest.TotalMilliseconds:0} ms"));
    }

    [Test]
    public void A_second_QEMU_is_refused_and_the_first_goes_on()
    {
        Wire wire = UdpFarEnd.WireOf(102);
        using var far = new UdpFarEnd(wire);
        using QemuL2tpBackEnd backEnd = Started("second", wire);
        using var first = new StreamClient(backEnd.SocketOf(wire));
        Talk(first, far);
        string before = backEnd.Process.Error;
        using var second = new StreamClient(backEnd.SocketOf(wire));
        Assert.That(HangsUp(second), "the second connection is closed");
        Until.True(() => backEnd.Process.Error.Length > before.Length, "a log line says so");
        Talk(first, far);
        TestContext.Out.WriteLine(backEnd.Process.Error[before.Length..]);
    }

    [Test]
    public void A_stale_socket_file_is_replaced()
    {
        Wire wire = UdpFarEnd.WireOf(103);
        using var far = new UdpFarEnd(wire);
        using (QemuL2tpBackEnd killed = Started("stale", wire))
        {
            killed.Process.Kill();
            Assert.That(File.Exists(killed.SocketOf(wire)), "the file that kill -9 leaves behind");
        }

        using var again = new QemuL2tpBackEnd("stale", wire);
        again.Launch();
        Until.True(() => again.Process.Output.Contains(wire.Id, StringComparison.Ordinal), "ready");
        ConnectAndTalk(again, wire, far);
    }

    [Test]
    public void A_live_socket_is_an_error()
    {
        Wire wire = UdpFarEnd.WireOf(104);
        using var far = new UdpFarEnd(wire);
        using QemuL2tpBackEnd owner = Started("live", wire);
        using var intruder = new QemuL2tpBackEnd("live", UdpFarEnd.WireOf(104) with { Local = "127.0.0.2" });
        intruder.Launch();
        Assert.That(intruder.Process.WaitForExit(), "it ends");
        Assert.That(intruder.Process.ExitCode, Is.EqualTo(1));
        ConnectAndTalk(owner, wire, far);
        TestContext.Out.WriteLine(intruder.Process.Error);
    }

    [Test]
    public void A_regular_file_at_the_path_is_not_touched()
    {
        Wire wire = UdpFarEnd.WireOf(105);
        using var backEnd = new QemuL2tpBackEnd("regular", wire);
        File.WriteAllText(backEnd.SocketOf(wire), "precious");
        backEnd.Launch();
        Assert.That(backEnd.Process.WaitForExit(), "it ends");
        Assert.That(backEnd.Process.ExitCode, Is.EqualTo(1));
        Assert.That(File.ReadAllText(backEnd.SocketOf(wire)), Is.EqualTo("precious"));
        TestContext.Out.WriteLine(backEnd.Process.Error);
    }

    [Test]
    public void Statistics_are_printed_on_SIGUSR1()
    {
        Wire wire = UdpFarEnd.WireOf(106);
        using var far = new UdpFarEnd(wire);
        using QemuL2tpBackEnd backEnd = Started("statistics", wire);
        using var qemu = new StreamClient(backEnd.SocketOf(wire));
        for (int i = 0; i < 37; i++)
        {
            Talk(qemu, far);
        }

        backEnd.Process.Signal(Signals.Usr1);
        // 37 frames of 60 bytes each way.
        Until.True(
            () => backEnd.Process.Error.Contains("37", StringComparison.Ordinal) && backEnd.Process.Error.Contains("2220", StringComparison.Ordinal),
            () => $"frames and bytes are on stderr: {backEnd.Process.Error}");
        TestContext.Out.WriteLine(backEnd.Process.Error);
    }

    [Test]
    public void Raw_ip_without_the_capability_says_what_to_do()
    {
        using var backEnd = new QemuL2tpBackEnd("no-capability", new Wire(107, Udp: false, Ipv6: false, CookieBytes: 0, Counter: false) { Local = "127.0.0.1", Remote = "127.0.0.1" })
        {
            Prefix = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"],
        };
        backEnd.Launch();
        Assert.That(backEnd.Process.WaitForExit(), "it ends");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(backEnd.Process.ExitCode, Is.EqualTo(1));
            Assert.That(backEnd.Process.Error, Does.Contain("CAP_NET_RAW").IgnoreCase);
            Assert.That(backEnd.Process.Error, Does.Contain("setcap").IgnoreCase);
            Assert.That(backEnd.Process.Error, Does.Contain("udp").IgnoreCase);
        }
    }

    private static QemuL2tpBackEnd Started(string name, Wire wire)
    {
        var backEnd = new QemuL2tpBackEnd(name, wire);
        backEnd.Start();
        return backEnd;
    }

    private static void ConnectAndTalk(QemuL2tpBackEnd backEnd, Wire wire, UdpFarEnd far)
    {
        using var qemu = new StreamClient(backEnd.SocketOf(wire));
        Talk(qemu, far);
    }

    private static void Talk(StreamClient qemu, UdpFarEnd far)
    {
        qemu.Send(s_frame);
        Assert.That(far.Receive(), Is.EqualTo(s_frame), "to the far end");
        far.Send(s_frame);
        Assert.That(qemu.Receive(), Is.EqualTo(s_frame), "to QEMU");
    }

    private static bool HangsUp(StreamClient client)
    {
        try
        {
            return client.Receive() is null;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    private static (int Threads, int Descriptors, int Sockets) Footprint(QemuL2tpBackEnd backEnd, Wire wire)
    {
        string proc = $"/proc/{backEnd.Process.Id}";
        string socket = backEnd.SocketOf(wire);
        return (
            Directory.GetDirectories(proc + "/task").Length,
            Directory.GetFileSystemEntries(proc + "/fd").Length,
            Directory.GetFiles(Path.GetDirectoryName(socket)!, Path.GetFileNameWithoutExtension(socket) + "*").Length);
    }
}
