using System.Net.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

internal sealed class LogAndStatisticsTests : ProgramTest
{
    [TestCase("error", false, false)]
    [TestCase("warning", true, false)]
    [TestCase("info", true, true)]
    [TestCase("DEBUG", true, true)]
    public void The_log_level_chooses_what_is_said(string level, bool warnings, bool infos)
    {
        ProgramProcess process = Start("-netdev", Netdev() + ",pincounter=on", "--log-level", level).UntilReady();
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors.Contains(": warning: pincounter", StringComparison.Ordinal), Is.EqualTo(warnings));
        Assert.That(process.Errors.Contains("qemu-l2tp: net0: ready; start QEMU with:", StringComparison.Ordinal), Is.EqualTo(infos));
        Assert.That(process.Errors, Does.Contain("net0: statistics"), "they are asked for, not logged");
    }

    [Test]
    public void The_end_can_do_without_statistics()
    {
        ProgramProcess process = Start("-netdev", Netdev(), "--statistics", "signal").UntilReady();
        process.Signal(ProgramProcess.SigUsr1);
        process.Until(() => process.Errors.Contains("net0: statistics", StringComparison.Ordinal), "a signal asks for them");
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors.Split("net0: statistics"), Has.Length.EqualTo(2));
    }

    [Test]
    public void Errors_are_told_at_any_level() =>
        Assert.That(Run(1, "--log-level", "error", "-netdev", "l2tpv3").Errors, Does.Contain("Parameter 'id' is missing"));

    [Test]
    public void Statistics_on_a_signal_and_at_the_end_name_every_reason()
    {
        L2tpv3Options options = Loopback.NewOptions();
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        using Socket peer = Loopback.PeerOf(options);
        using Socket stranger = Loopback.PeerOf(options with { DestinationPort = "0" });
        ProgramProcess process = Start("-netdev", Netdev(options) + ",counter=on", "--log-level", "warning").UntilReady();
        using var qemu = FakeQemu.Connect(FileName("qemu-l2tp/net0.sock"));
        qemu.Send(LoopbackLink.Frame(60), [1, 2, 3]);
        peer.ReceiveDatagram();
        codec = codec with { Sublayer = true };
        peer.SendTo(codec.Encode([1], 1), Loopback.SourceOf(options));
        peer.SendTo([1, 2, 3], Loopback.SourceOf(options));
        stranger.SendTo(codec.Encode([2], 2), Loopback.SourceOf(options));
        peer.SendTo(codec.Encode([4], 4), Loopback.SourceOf(options));
        Assert.That(qemu.Receive(), Is.EqualTo(new byte[] { 1 }));
        Assert.That(qemu.Receive(), Is.EqualTo(new byte[] { 4 }));

        const string Expected = """
            net0: statistics
              guest to tunnel: 1 frames, 60 bytes, 1 dropped, 2 in
                dropped RuntFrame: 1
              tunnel to guest: 2 frames, 2 bytes, 1 dropped, 3 in
                dropped UnexpectedSource: 1
              tunnel: 3 packets, 39 bytes, 1 of no session, 4 in
                dropped TooShort: 1

            """;
        process.UntilStatistics(said => said.Contains(Expected, StringComparison.Ordinal), "statistics");
        Assert.That(process.Errors, Does.Match("  received counter: mode .*, in order 2, late 0, lost 2, "));
        Assert.That(process.Errors, Does.Contain("  QEMU connections: 1, refused: 0, now: connected\n"));

        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors.Split(Expected), Has.Length.GreaterThanOrEqualTo(3), "on the signal and at the end");
    }

    [Test]
    public void A_dropped_frame_is_explained_once_with_its_sender_and_the_remedy()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket stranger = Loopback.PeerOf(options with { DestinationPort = "0" });
        ProgramProcess process = Start("-netdev", Netdev(options)).UntilReady();
        for (int i = 0; i < 5; i++)
            stranger.SendTo(PseudowireOptions.PeerOf(options).Encode([1]), Loopback.SourceOf(options));
        process.Until(() => process.Errors.Contains("UnexpectedSource", StringComparison.Ordinal), "a warning");
        process.UntilStatistics(said => said.Contains("    dropped UnexpectedSource: 5\n", StringComparison.Ordinal), "all are counted");
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors, Does.Match($"qemu-l2tp: warning: net0: dropped (a frame|[2-5] frames, the last) from {stranger.LocalEndPoint}: UnexpectedSource: .*x-strict-source=off"));
        Assert.That(process.Errors.Split("warning: net0: dropped"), Has.Length.EqualTo(2));
    }

    [Test]
    public void A_peer_that_refuses_is_told_once_and_counted()
    {
        L2tpv3Options options = Loopback.NewOptions();
        ProgramProcess process = Start("-netdev", Netdev(options)).UntilReady();
        using var qemu = FakeQemu.Connect(FileName("qemu-l2tp/net0.sock"));
        int sent = 0;
        process.Until(
            () =>
            {
                qemu.Send(LoopbackLink.Frame(60));
                sent++;
                return process.Errors.Contains("nothing listens there yet", StringComparison.Ordinal);
            },
            "a warning");
        using Socket peer = Loopback.PeerOf(options);
        qemu.Send(LoopbackLink.Frame(61));
        while (peer.ReceiveDatagram().Length != 8 + 61)
        {
        }

        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors, Does.Contain($"qemu-l2tp: warning: net0: peer {Loopback.DestinationOf(options)} refuses our packets: nothing listens there yet; sending goes on\n"));
        Assert.That(process.Errors.Split("nothing listens there yet"), Has.Length.EqualTo(2));
        Assert.That(process.Errors, Does.Contain($"guest to tunnel: {sent + 1} frames, {(60 * sent) + 61} bytes, 0 dropped, {sent + 1} in\n").And.Contain("  peer refused: "));
    }

    [Test]
    public void A_stdout_that_cannot_be_written_is_an_error([Values(">/dev/full", ">&-")] string redirection)
    {
        ProgramProcess process = StartByShell($"exec \"$@\" {redirection}", "-netdev", Netdev());
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.Contain("qemu-l2tp: cannot write to stdout: ").And.Not.Contain("   at "));
        Assert.That(Directory.GetFiles(FileName("qemu-l2tp")), Is.Empty);
    }

    [Test]
    public void A_log_that_cannot_be_written_stops_nothing([Values("2>/dev/full", "2>&-")] string redirection)
    {
        ProgramProcess process = StartByShell($"exec \"$@\" {redirection}", "-netdev", Netdev()).UntilReady();
        FakeQemu.Connect(FileName("qemu-l2tp/net0.sock")).Dispose();
        using (var qemu = FakeQemu.Connect(FileName("qemu-l2tp/net0.sock")))
            process.Signal(ProgramProcess.SigUsr1);
        Assert.That(process.Terminate(), Is.Zero);
    }
}
