using System.Diagnostics;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>What ends the program, and what is left then: nothing.</summary>
internal sealed class EndTests : ProgramTest
{
    [TestCase(ProgramProcess.SigTerm)]
    [TestCase(ProgramProcess.SigInt)]
    public void A_signal_ends_it_cleanly(int signal)
    {
        ProgramProcess process = Start("-netdev", Netdev(), "--pid-file", FileName("pid")).UntilReady();
        using var qemu = FakeQemu.Connect(FileName("qemu-l2tp/net0.sock"));
        process.Until(() => process.Errors.Contains("QEMU connected", StringComparison.Ordinal), "connected");
        // Clock: it is printed.
        long start = Stopwatch.GetTimestamp();
        process.Signal(signal);
        Assert.That(process.WaitForExit(), Is.Zero);
        TestContext.Out.WriteLine($"ended after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
        Assert.That(File.Exists(FileName("pid")), Is.False);
        Assert.That(qemu.IsClosed(), Is.True);
    }

    [Test]
    public void Signals_that_come_together_end_it_once()
    {
        ProgramProcess process = Start("-netdev", Netdev()).UntilReady();
        process.Signal(ProgramProcess.SigTerm);
        process.Signal(ProgramProcess.SigInt);
        Assert.That(process.WaitForExit(), Is.Zero);
        Assert.That(process.Errors.Split("net0: statistics"), Has.Length.EqualTo(2));
    }

    [Test]
    public void One_off_ends_with_the_connection()
    {
        ProgramProcess process = Start("-netdev", Netdev(), "--one-off").UntilReady();
        FakeQemu.Connect(FileName("qemu-l2tp/net0.sock")).Dispose();
        Assert.That(process.WaitForExit(), Is.Zero);
        Assert.That(process.Errors, Does.Contain("QEMU connections: 1, refused: 0, now: not connected"));
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
    }

    [TestCase("dgram,local.type=unix,local.path=a,remote.type=unix,remote.path=b")]
    [TestCase("socket,udp=127.0.0.1:1,localaddr=127.0.0.1:0x7001")]
    public void One_off_is_refused_where_there_is_no_connection(string frontend)
    {
        ProgramProcess process = Run(1, "-netdev", Netdev(), "--frontend", frontend.Replace("=a,", $"={FileName("a")},", StringComparison.Ordinal), "--one-off");
        Assert.That(process.Errors, Does.Contain("--one-off waits for the end of a connection, and these datagrams have none\n").And.Contain("--exit-fd"));
        Assert.That(File.Exists(FileName("a")), Is.False);
    }

    [Test]
    public void One_off_waits_for_the_last_of_several()
    {
        ProgramProcess process = Start("-netdev", Netdev("a"), "-netdev", Netdev("b"), "--one-off").UntilReady(2);
        using var last = FakeQemu.Connect(FileName("qemu-l2tp/b.sock"));
        for (int i = 0; i < 2; i++)
            FakeQemu.Connect(FileName("qemu-l2tp/a.sock")).Dispose();
        process.Until(() => process.Errors.Split("a: QEMU disconnected").Length == 3, "both of a's connections are over");
        // It would not take a third one, nor tell of itself, if it were about to end.
        FakeQemu.Connect(FileName("qemu-l2tp/a.sock")).Dispose();
        process.Until(() => process.Errors.Split("a: QEMU disconnected").Length == 4, "and another one");
        process.UntilStatistics(said => said.Contains("b: statistics", StringComparison.Ordinal), "it goes on");
        last.Dispose();
        Assert.That(process.WaitForExit(), Is.Zero);
    }

    [Test]
    public void Without_one_off_the_next_QEMU_is_served()
    {
        ProgramProcess process = Start("-netdev", Netdev()).UntilReady();
        for (int i = 1; i <= 3; i++)
        {
            FakeQemu.Connect(FileName("qemu-l2tp/net0.sock")).Dispose();
            process.Until(() => process.Errors.Split("QEMU disconnected").Length == i + 1, "disconnected");
        }

        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors, Does.Contain("QEMU connections: 3, refused: 0"));
    }

    [Test]
    public void The_exit_descriptor_ends_it_when_its_other_end_is_closed()
    {
        using var fifo = new Fifo(FileName("hold"));
        ProgramProcess process = StartByShell($"exec \"$@\" --exit-fd 7 7<{fifo.Path}", "-netdev", Netdev());
        using (fifo.OpenToWrite())
        {
            process.UntilReady();
            Assert.That(process.HasExited, Is.False);
        }

        Assert.That(process.WaitForExit(), Is.Zero);
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
    }

    [Test]
    public void The_exit_descriptor_ends_it_when_something_can_be_read()
    {
        using var fifo = new Fifo(FileName("hold"));
        ProgramProcess process = StartByShell($"exec \"$@\" --exit-fd 7 7<{fifo.Path}", "-netdev", Netdev());
        using FileStream end = fifo.OpenToWrite();
        process.UntilReady();
        end.WriteByte(1);
        end.Flush();
        Assert.That(process.WaitForExit(), Is.Zero);
    }

    [TestCase("--exit-fd")]
    [TestCase("--ready-fd")]
    public void A_descriptor_that_is_not_open_is_an_error_before_anything_is_announced(string option)
    {
        // 200 is above what the runtime opens; every number below must be recognised as the runtime's own.
        foreach (int number in Enumerable.Range(3, 20).Where(number => number % 4 == 3).Append(200))
        {
            ProgramProcess process = StartByShell($"exec \"$@\" {number}>&-", "-netdev", Netdev(), option, $"{number}");
            Assert.That(process.WaitForExit(), Is.EqualTo(1), process.Errors);
            Assert.That(process.Errors, Is.EqualTo($"qemu-l2tp: {option} {number} is not an open descriptor\nPass the number of a descriptor that the parent process opened and did not close on exec.\n"));
            Assert.That(process.Output, Is.Empty);
        }
    }
}
