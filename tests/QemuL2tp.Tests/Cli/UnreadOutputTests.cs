using System.Net.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>A pipe that nobody reads stops neither frames nor the end of the program.</summary>
internal sealed class UnreadOutputTests : ProgramTest
{
    [Test]
    public void An_unread_stderr_stops_neither_frames_nor_the_end_and_loses_nothing_that_fits([Values(1, 2)] int threads)
    {
        using var fifo = new Fifo(FileName("pipe"));
        using FileStream pipe = fifo.OpenFull();
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.PeerOf(options);
        ProgramProcess process = StartByShell($"exec \"$@\" 2>{fifo.Path}", "-netdev", Netdev(options), "--threads", $"{threads}").UntilReady();
        for (int i = 0; i < 20; i++)
            AssertTraffic(options, peer);
        process.Signal(ProgramProcess.SigUsr1);

        byte[] said = new byte[64 * 1024];
        string text = "";
        while (!text.Contains("net0: statistics", StringComparison.Ordinal))
        {
            Task<int> reading = pipe.ReadAsync(said).AsTask();
            Assert.That(reading.Wait(Until.PatienceMilliseconds), Is.True, text);
            text += System.Text.Encoding.ASCII.GetString(said, 0, reading.Result);
        }

        Assert.That(text.Split("net0: QEMU connected at"), Has.Length.GreaterThanOrEqualTo(21));
        Assert.That(text, Does.Not.Contain("left out"));
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_stderr_that_is_never_read_does_not_stop_the_end()
    {
        using var fifo = new Fifo(FileName("pipe"));
        using FileStream pipe = fifo.OpenFull();
        ProgramProcess process = StartByShell($"exec \"$@\" 2>{fifo.Path}", "-netdev", Netdev()).UntilReady();
        process.Signal(ProgramProcess.SigUsr1);
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
    }

    [Test]
    public void An_unread_stdout_stops_neither_frames_nor_the_end()
    {
        using var fifo = new Fifo(FileName("pipe"));
        using FileStream pipe = fifo.OpenFull();
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.PeerOf(options);
        ProgramProcess process = StartByShell($"exec \"$@\" >{fifo.Path}", "-netdev", Netdev(options), "--pid-file", FileName("pid"));
        process.Until(() => process.Errors.Contains("net0: ready", StringComparison.Ordinal), "ready");
        AssertTraffic(options, peer);
        Assert.That(process.Terminate(), Is.Zero);
    }

    private void AssertTraffic(L2tpv3Options options, Socket peer)
    {
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        byte[] frame = LoopbackLink.Frame(60);
        FakeQemu? qemu = null;
        // The one before may not have been found gone yet.
        Assert.That(
            () =>
            {
                qemu?.Dispose();
                qemu = FakeQemu.Connect(FileName("qemu-l2tp/net0.sock"));
                qemu.Send(frame);
                return peer.Poll(1_000_000, SelectMode.SelectRead);
            },
            Is.True.After(Until.PatienceMilliseconds, 1),
            "frames flow");
        using (qemu)
        {
            Assert.That(codec.Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(frame));
            peer.SendTo(codec.Encode(frame), Loopback.SourceOf(options));
            Assert.That(qemu!.Receive(), Is.EqualTo(frame));
        }
    }
}
