using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Exec;

/// <summary>How the two processes begin and end.</summary>
internal sealed class LifeTests : ExecTest
{
    [Test]
    public void QEMU_has_the_process_ID_and_gives_the_exit_status([Values(0, 1, 42)] int status)
    {
        Variables["FAKE_STATUS"] = $"{status}";
        ProgramProcess process = Run(status, Exec("-netdev", Netdev()));

        Assert.That(Fact("id"), Is.EqualTo(new[] { $"{process.Id}" }));
        Assert.That(process.Output + process.Errors, Is.Empty);
        Assert.That(Arguments(), Has.Length.EqualTo(2));
        Assert.That(Arguments()[1], Does.StartWith("stream,id=net0,"));
    }

    [TestCase(ProgramProcess.SigTerm, 5)]
    [TestCase(ProgramProcess.SigInt, 6)]
    public void Signals_are_QEMUs_and_the_back_end_ends_with_it(int signal, int status)
    {
        (ProgramProcess qemu, int backEnd) = StartBoth();
        qemu.Signal(signal);

        Assert.That(qemu.WaitForExit(), Is.EqualTo(status));
        qemu.Until(() => !IsRunning(backEnd), "the back end has ended");
        Assert.That(File.Exists(PidFile), Is.False);
        Assert.That(qemu.Output + qemu.Errors, Is.Empty);
    }

    [Test]
    public void The_back_end_ends_when_QEMU_is_killed()
    {
        (ProgramProcess qemu, int backEnd) = StartBoth();
        qemu.Signal(9);

        qemu.Until(() => !IsRunning(backEnd), "the back end has ended");
        Assert.That(File.Exists(PidFile), Is.False);
        Assert.That(Directory.GetFileSystemEntries(FileName("tmp")), Is.Empty);
    }

    [Test]
    public void QEMU_gets_SIGTERM_when_the_back_end_is_killed()
    {
        (ProgramProcess qemu, int backEnd) = StartBoth();
        using (var process = System.Diagnostics.Process.GetProcessById(backEnd))
            process.Kill();

        Assert.That(qemu.WaitForExit(), Is.EqualTo(5));
    }

    [Test]
    public void A_connection_that_QEMU_closes_ends_neither()
    {
        Variables["FAKE_STAYS"] = Variables["FAKE_DISCONNECTS"] = "yes";
        ProgramProcess qemu = Start("exec", "--log-level", "info", "--pid-file", PidFile, "--", FakeQemu, "-netdev", Netdev());
        qemu.Until(() => qemu.Errors.Contains("QEMU disconnected", StringComparison.Ordinal), "as by netdev_del");

        int backEnd = int.Parse(File.ReadAllText(PidFile), System.Globalization.CultureInfo.InvariantCulture);
        ProgramProcess.Signal(backEnd, ProgramProcess.SigUsr1);
        qemu.Until(() => qemu.Errors.Contains("net0: statistics", StringComparison.Ordinal), "the back end goes on");
        Assert.That((qemu.HasExited, IsRunning(backEnd)), Is.EqualTo((false, true)));
        qemu.Signal(ProgramProcess.SigTerm);
        Assert.That(qemu.WaitForExit(), Is.EqualTo(5));
        qemu.Until(() => qemu.Errors.Split("net0: statistics").Length == 3, "with this log level the end has them too");
    }

    [Test]
    public void The_back_end_is_not_in_QEMUs_session_and_has_only_what_it_needs()
    {
        Variables["NOTIFY_SOCKET"] = FileName("nobody");
        Variables["FAKE_STAYS"] = "yes";
        ProgramProcess qemu = StartByShell($"exec 9<{FakeQemu} 20>{FileName("log")}; exec \"$@\"", Exec("-netdev", Netdev()));
        qemu.Until(() => HasFact("id"), "QEMU runs");
        int backEnd = int.Parse(File.ReadAllText(PidFile), System.Globalization.CultureInfo.InvariantCulture);

        Assert.That(File.ReadAllText($"/proc/{backEnd}/stat").Split(' ')[4..6], Is.EqualTo(new[] { $"{backEnd}", $"{backEnd}" }), "process group and session");
        string[] open = [.. Directory.GetFiles($"/proc/{backEnd}/fd").Select(path => new FileInfo(path).LinkTarget ?? "")];
        Assert.That(open, Does.Not.Contain(FakeQemu).And.Not.Contain(FileName("log")));
        Assert.That(File.ReadAllText($"/proc/{backEnd}/environ"), Does.Not.Contain("NOTIFY_SOCKET").And.Contain("XDG_RUNTIME_DIR"));
        Assert.That(Fact("descriptors"), Does.Contain($"9 {FakeQemu}").And.Contain($"20 {FileName("log")}"), "QEMU has both");
    }

    [Test]
    public void QEMU_is_not_started_when_an_option_is_wrong()
    {
        ProgramProcess process = Run(1, Exec("-netdev", "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1"));

        Assert.That(process.Errors, Does.StartWith("qemu-l2tp: -netdev l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1: Parameter 'txsession' is missing\n"));
        Assert.That(HasFact("id"), Is.False);
    }

    [Test]
    public void QEMU_is_not_started_when_the_port_is_taken()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using System.Net.Sockets.Socket taken = Loopback.Udp(Loopback.SourceOf(options));
        ProgramProcess process = Run(1, Exec("-netdev", Netdev(options)));

        Assert.That(process.Errors, Does.StartWith("qemu-l2tp: -netdev l2tpv3,id=net0,"));
        Assert.That(HasFact("id"), Is.False);
    }

    [Test]
    public void A_QEMU_that_is_not_there_is_127_and_one_that_is_no_program_126([Values] bool hasPseudowire)
    {
        string[] arguments = hasPseudowire ? ["-netdev", Netdev()] : ["-S"];

        Assert.That(Run(127, ["exec", "--", "no-such-qemu", .. arguments]).Errors, Does.StartWith("qemu-l2tp: no-such-qemu is not in PATH\nInstall it, or write where it is: "));
        Assert.That(Run(127, ["exec", "--", "/no/such/qemu", .. arguments]).Errors, Does.StartWith("qemu-l2tp: /no/such/qemu: No such file or directory\n"));
        Assert.That(Run(126, ["exec", "--", "/etc/passwd", .. arguments]).Errors, Is.EqualTo("qemu-l2tp: /etc/passwd: Permission denied\nIt is not executable: chmod +x /etc/passwd\n"));
        Assert.That(Run(126, ["exec", "--", "/etc", .. arguments]).Errors, Does.StartWith("qemu-l2tp: /etc: Is a directory\n"));
        Assert.That(Run(127, ["exec", "--", .. arguments]).Errors, Does.StartWith($"qemu-l2tp: {arguments[0]} is where QEMU's name has to be\n"));
    }

    [TestCase("#!/no/such/interpreter\n", 127, "/no/such/interpreter, the interpreter of this script, does not exist")]
    [TestCase("#!/usr/bin/env no-such-interpreter\n", 127, "--version ends with status 127: ")]
    public void A_script_whose_interpreter_is_missing_is_told_so_before_the_back_end_starts(string firstLine, int exitStatus, string message)
    {
        string script = FileName("script");
        File.WriteAllText(script, firstLine);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.That(Run(exitStatus, "exec", "--pid-file", PidFile, "--", script, "-netdev", Netdev()).Errors, Does.StartWith($"qemu-l2tp: {script}").And.Contain(message));
    }

    [Test]
    public void A_file_that_is_no_program_is_told_so()
    {
        string file = FileName("notes");
        File.WriteAllText(file, "no program");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.That(
            Run(126, "exec", "--pid-file", PidFile, "--", file, "-netdev", Netdev()).Errors,
            Is.EqualTo($"qemu-l2tp: {file}: Exec format error\nIt is no program of this machine; if it is a script, its first line must name an interpreter, such as #!/bin/sh.\n"));
    }

    [TestCase("-S")]
    [TestCase("-netdev", "l2tpv3")]
    public void A_program_without_its_dynamic_loader_is_told_so(params string[] arguments)
    {
        byte[] program = File.ReadAllBytes("/bin/true");
        int loader = program.AsSpan().IndexOf("/ld-linux"u8);
        Assume.That(loader, Is.Positive, "/bin/true has a dynamic loader");
        "/no-linux"u8.CopyTo(program.AsSpan(loader));
        string file = FileName("foreign");
        File.WriteAllBytes(file, program);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.That(
            Run(127, ["exec", "--", file, .. arguments.Select(word => word == "l2tpv3" ? Netdev() : word)]).Errors,
            Is.EqualTo($"qemu-l2tp: {file}: the dynamic loader that this program names does not exist\nIt was built for another system: install that loader, or another build of QEMU.\n"));
    }

    [Test]
    public void Without_l2tpv3_it_becomes_QEMU_at_once()
    {
        Run(0, "exec", "--", FakeQemu, "-machine", "none,accel=kvm:tcg", "-qmp", "stdio", "-netdev", "user,id=a");

        Assert.That(Arguments(), Is.EqualTo(new[] { "-machine", "none,accel=kvm:tcg", "-qmp", "stdio", "-netdev", "user,id=a" }));
        Assert.That(HasFact("was-asked"), Is.False);
        Assert.That(Fact("descriptors"), Has.None.Contain("socket:"));
    }

    [Test]
    public void Who_reads_QEMUs_stderr_to_its_end_does_not_wait_for_the_back_end_of_a_daemon()
    {
        Variables["FAKE_STAYS"] = "yes";
        ProgramProcess qemu = Start(Exec("-daemonize", "-netdev", Netdev().Replace(",udp=on", ",udp", StringComparison.Ordinal)));
        qemu.Until(() => HasFact("id"), "QEMU runs");
        int backEnd = int.Parse(File.ReadAllText(PidFile), System.Globalization.CultureInfo.InvariantCulture);

        Assert.That(new FileInfo($"/proc/{backEnd}/fd/2").LinkTarget, Is.Not.EqualTo(new FileInfo($"/proc/{qemu.Id}/fd/2").LinkTarget));
        qemu.Until(() => qemu.Errors.Contains("short-form boolean option 'udp'", StringComparison.Ordinal), "what it says at the start is passed on");
        Assert.That(IsRunning(backEnd), Is.True);
    }
}
