using System.Net.Sockets;
using System.Text;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>How a parent learns that QEMU can be started.</summary>
internal sealed class ReadinessTests : ProgramTest
{
    [Test]
    public void The_ready_descriptor_gets_a_1_and_is_closed()
    {
        using var fifo = new Fifo(FileName("ready"));
        ProgramProcess process = StartByShell($"exec \"$@\" 7>{fifo.Path}", "-netdev", Netdev(), "--ready-fd", "7");
        Assert.That(fifo.ReadToEnd(), Is.EqualTo("1"));
        using (FakeQemu.Connect(FileName("qemu-l2tp/net0.sock")))
            Assert.That(process.HasExited, Is.False);
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void The_ready_descriptor_is_closed_without_a_1_when_it_fails()
    {
        using var fifo = new Fifo(FileName("ready"));
        ProgramProcess process = StartByShell($"exec \"$@\" 7>{fifo.Path}", "-netdev", Netdev() + ",foo=1", "--ready-fd", "7");
        Assert.That(fifo.ReadToEnd(), Is.Empty);
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
    }

    [Test]
    public void A_ready_descriptor_that_cannot_be_written_is_an_error()
    {
        ProgramProcess process = StartByShell("exec \"$@\" 7</dev/null", "-netdev", Netdev(), "--ready-fd", "7");
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.Contain("qemu-l2tp: --ready-fd 7 cannot be written, errno = 9\nPass the number of an open descriptor"));
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
    }

    [Test]
    public void Systemd_is_told_of_ready_and_of_stopping([Values] bool isAbstract)
    {
        string name = isAbstract ? $"l2tp-notify-{Environment.ProcessId}-{Random.Shared.NextInt64()}" : FileName("notify");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = Loopback.PatienceMilliseconds };
        systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name : name));
        Variables["NOTIFY_SOCKET"] = isAbstract ? "@" + name : name;
        ProgramProcess process = Start("-netdev", Netdev());
        Assert.That(Encoding.UTF8.GetString(systemd.ReceiveDatagram()), Is.EqualTo("READY=1"));
        using (FakeQemu.Connect(FileName("qemu-l2tp/net0.sock")))
            process.Signal(ProgramProcess.SigTerm);
        Assert.That(Encoding.UTF8.GetString(systemd.ReceiveDatagram()), Is.EqualTo("STOPPING=1"));
        Assert.That(process.WaitForExit(), Is.Zero);
    }

    [TestCase("/no/such/socket")]
    [TestCase("x")]
    [TestCase("@")]
    [TestCase(null, Description = "longer than a socket address")]
    public void A_notification_socket_that_is_not_there_is_a_warning(string? path)
    {
        Variables["NOTIFY_SOCKET"] = path ?? "/" + new string('x', 200);
        ProgramProcess process = Start("-netdev", Netdev()).UntilReady();
        process.Until(() => process.Errors.Contains("qemu-l2tp: warning: NOTIFY_SOCKET ", StringComparison.Ordinal), "a warning");
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void The_pid_file_holds_the_process_id_until_the_end()
    {
        ProgramProcess process = Start("-netdev", Netdev(), "--pid-file", FileName("pid")).UntilReady();
        Assert.That(File.ReadAllText(FileName("pid")), Is.EqualTo($"{process.Id}\n"));
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(File.Exists(FileName("pid")), Is.False);
    }

    [Test]
    public void Of_a_repeated_option_the_last_counts()
    {
        ProgramProcess process = Start("-netdev", Netdev(), "--pid-file", FileName("first"), "--pid-file=" + FileName("last")).UntilReady();
        Assert.That(File.Exists(FileName("first")), Is.False);
        Assert.That(File.Exists(FileName("last")), Is.True);
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void The_pid_file_of_a_successor_stays()
    {
        ProgramProcess process = Start("-netdev", Netdev(), "--pid-file", FileName("pid")).UntilReady();
        File.WriteAllText(FileName("pid"), "1\n");
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(File.ReadAllText(FileName("pid")), Is.EqualTo("1\n"));
    }

    [TestCase("no/such/directory/pid")]
    [TestCase("", Description = "a directory")]
    public void A_pid_file_that_cannot_be_written_is_an_error(string name)
    {
        ProgramProcess process = Run(1, "-netdev", Netdev(), "--pid-file", FileName(name));
        Assert.That(process.Errors, Does.StartWith($"qemu-l2tp: --pid-file {FileName(name)} cannot be written: ").And.EndWith("Choose a file in a directory that is writable for this user.\n"));
        Assert.That(process.Output, Is.Empty);
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
    }

    [Test]
    public void An_empty_pid_file_name_is_an_error() =>
        Assert.That(Run(1, "-netdev", Netdev(), "--pid-file=").Errors, Does.StartWith("qemu-l2tp: --pid-file  cannot be written: "));
}
