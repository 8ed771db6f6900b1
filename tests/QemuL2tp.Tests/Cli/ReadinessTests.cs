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
        Assert.That(process.Errors, Does.Contain("qemu-l2tp: --ready-fd 7 cannot be written: Bad file descriptor\nPass the number of an open descriptor"));
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

    [TestCase("/no/such/socket", "/no/such/socket: No such file or directory\n")]
    [TestCase("x", "x: No such file or directory\n")]
    [TestCase("@", "@: Connection refused\n")]
    [TestCase(null, "/x", Description = "longer than a socket address")]
    public void A_notification_socket_that_is_not_there_is_a_warning(string? path, string told)
    {
        Variables["NOTIFY_SOCKET"] = path ?? "/" + new string('x', 200);
        ProgramProcess process = Start("-netdev", Netdev()).UntilReady();
        process.Until(() => process.Errors.Contains($"qemu-l2tp: warning: NOTIFY_SOCKET {told}", StringComparison.Ordinal), "a warning");
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

    [TestCase("no/such/directory/pid", "No such file or directory\nChoose a file in a directory that is writable for this user.\n")]
    [TestCase("", "Is a directory\nName a file in it.\n")]
    public void A_pid_file_that_cannot_be_written_is_an_error(string name, string why)
    {
        ProgramProcess process = Run(1, "-netdev", Netdev(), "--pid-file", FileName(name));
        Assert.That(process.Errors, Is.EqualTo($"qemu-l2tp: --pid-file {FileName(name)} cannot be written: {why}"));
        Assert.That(process.Output, Is.Empty);
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
    }

    [Test]
    public void An_empty_pid_file_name_is_an_error() =>
        Assert.That(Run(1, "-netdev", Netdev(), "--pid-file=").Errors, Does.StartWith("qemu-l2tp: --pid-file  cannot be written: No such file or directory\n"));

    [Test]
    public void A_pid_file_that_does_not_fit_is_not_there_and_an_old_one_stays([Values] bool wasThere)
    {
        if (wasThere)
            File.WriteAllText(FileName("pid"), "99999999\n");
        Variables["DOTNET_EnableWriteXorExecute"] = "0"; // Its memory is a file that has a size too.
        ProgramProcess process = StartByShell("trap '' XFSZ; ulimit -f 0; exec \"$@\"", "-netdev", Netdev(), "--pid-file", FileName("pid"), "--frontend", $"stream,addr.type=unix,addr.abstract=on,addr.path={FileName("pid")}");

        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.Contain("cannot be written: File too large\n"));
        Assert.That(Directory.GetFiles(FileName("")), Is.EqualTo(wasThere ? new[] { FileName("pid") } : []));
        Assert.That(!wasThere || File.ReadAllText(FileName("pid")) == "99999999\n");
    }

    [Test]
    public void The_pid_file_of_one_that_runs_is_its_own()
    {
        ProgramProcess first = Start("-netdev", Netdev(), "--pid-file", FileName("pid")).UntilReady();
        Assert.That(
            Run(1, "-netdev", Netdev("net1"), "--pid-file", FileName("pid")).Errors,
            Is.EqualTo($"qemu-l2tp: --pid-file {FileName("pid")} cannot be written: it is that of process {first.Id}, which runs\nChoose another file for each process, or end that one.\n"));
        Assert.That(File.ReadAllText(FileName("pid")), Is.EqualTo($"{first.Id}\n"));
        Assert.That(first.Terminate(), Is.Zero);
    }

    [TestCase("")]
    [TestCase("99999999\n")]
    [TestCase("1")]
    public void The_pid_file_of_one_that_has_ended_is_replaced(string left)
    {
        File.WriteAllText(FileName("pid"), left);
        ProgramProcess process = Start("-netdev", Netdev(), "--pid-file", FileName("pid")).UntilReady();
        Assert.That(File.ReadAllText(FileName("pid")), Is.EqualTo($"{process.Id}\n"));
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_file_with_something_else_in_it_is_not_taken_for_a_pid_file()
    {
        File.WriteAllText(FileName("pid"), "precious");
        Assert.That(Run(1, "-netdev", Netdev(), "--pid-file", FileName("pid")).Errors, Does.StartWith($"qemu-l2tp: --pid-file {FileName("pid")} cannot be written: what is in it is no process ID\n"));
        Assert.That(File.ReadAllText(FileName("pid")), Is.EqualTo("precious"));
    }

    [Test]
    public void C_4_A_pid_file_is_never_written_through_a_link()
    {
        File.WriteAllText(FileName("target"), "precious");
        File.CreateSymbolicLink(FileName("pid"), FileName("target"));

        Assert.That(Run(1, "-netdev", Netdev(), "--pid-file", FileName("pid")).Errors, Does.StartWith($"qemu-l2tp: --pid-file {FileName("pid")} cannot be written: it is a symbolic link\n"));
        Assert.That(File.ReadAllText(FileName("target")), Is.EqualTo("precious"));
    }

    [TestCase("--help")]
    [TestCase("generate", "man")]
    [TestCase("peer-config", "-netdev", "NETDEV")]
    public void A_reader_that_has_gone_is_told_in_the_systems_words(params string[] arguments)
    {
        ProgramProcess process = StartByShell("exec 3> >(:); wait $!; exec \"$@\" >&3", [.. arguments.Select(argument => argument.Replace("NETDEV", Netdev(), StringComparison.Ordinal))]);

        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Is.EqualTo("qemu-l2tp: cannot write to stdout: Broken pipe\nSend it to /dev/null if nobody reads it.\n"));
    }
}
