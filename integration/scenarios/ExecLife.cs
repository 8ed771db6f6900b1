using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>How QEMU behind <c>qemu-l2tp exec --</c> and the back end beside it end. No machine is booted.</summary>
[TestFixture]
public sealed class ExecLife
{
    private static int _number = 220;

    [SetUp]
    public void Only_for_qemu_l2tp() => Lab.NeedsQemuL2tp();

    [TestCase(Signals.Term)]
    [TestCase(Signals.Int)]
    public void A_signal_ends_QEMU_and_the_back_end_with_it(int signal)
    {
        (ExecutedQemu executed, Wire wire) = Next();
        using Child qemu = executed.Start("-M", "none", "-netdev", wire.Netdev);
        int backEnd = executed.BackEnd;
        executed.UntilUp().Dispose();
        qemu.Signal(signal);
        Assert.That(qemu.WaitForExit(), "QEMU ends");
        Assert.That(qemu.ExitCode, Is.Zero, qemu.Error);
        AssertGone(executed, wire, backEnd);
    }

    [Test]
    public void Ctrl_C_is_for_QEMU_alone()
    {
        (ExecutedQemu executed, Wire wire) = Next();
        // script(1) gives it a terminal, and types there what it reads. The shell it starts, whichever that is, becomes qemu-l2tp.
        string line = "exec " + string.Join(' ', executed.Words("-M", "none", "-netdev", wire.Netdev));
        string typed = Path.Combine(Settings.RunDirectory, "typed");
        using Child terminal = Child.Start("exec-terminal", "bash", ["-c", "(until [ -e \"$1\" ]; do sleep 0.1; done; printf '\\003'; while [ -e \"$2\" ]; do sleep 0.1; done) | script -qec \"$0\" /dev/null", line, typed, executed.PidFile]);
        int backEnd = executed.BackEnd;
        Assert.That(File.ReadAllText($"/proc/{backEnd}/stat").Split(' ')[6], Is.EqualTo("0"), "the back end has no terminal");
        executed.UntilUp().Dispose();
        File.WriteAllText(typed, "");
        Assert.That(terminal.WaitForExit(), "QEMU ends");
        Assert.That(terminal.ExitCode, Is.Zero, "QEMU's own, which ends in order on SIGINT: " + terminal.Output);
        AssertGone(executed, wire, backEnd);
    }

    [TestCase("stream")]
    [TestCase("vhost-user")]
    public void QEMU_ends_when_the_back_end_is_killed(string frontEnd)
    {
        (ExecutedQemu executed, Wire wire) = Next("--frontend", frontEnd);
        using Child qemu = executed.Start("-M", "pc", "-m", "64", "-S", "-netdev", wire.Netdev, "-device", $"virtio-net-pci,netdev={wire.Id},romfile=,vectors=0");
        int backEnd = executed.BackEnd;
        executed.UntilUp().Dispose();
        Signals.Send(backEnd, Signals.Kill);
        Assert.That(qemu.WaitForExit(), "QEMU ends");
        Assert.That(qemu.ExitCode, Is.Zero, qemu.Error);
        Assert.That(qemu.Error, Does.Contain("terminating on signal 15"));
    }

    /// <summary>The memory that the guest has is made shared: QEMU checks its size against -m and connects.</summary>
    [TestCase("-M", "pc", "-m", "96")]
    [TestCase("-M", "q35", "-m", "size=64M,slots=2,maxmem=1G")]
    [TestCase("-M", "pc", "-M", "usb=off")]
    public void Vhost_user_is_made_possible(params string[] machine)
    {
        (ExecutedQemu executed, Wire wire) = Next("--frontend", "vhost-user", "--log-level", "info");
        using Child qemu = executed.Start([.. machine, "-S", "-netdev", wire.Netdev, "-device", $"virtio-net-pci,netdev={wire.Id},romfile=,vectors=0"]);
        Until.True(() => qemu.Error.Contains("QEMU connected", StringComparison.Ordinal), "QEMU has connected");
        using (Qmp qmp = executed.UntilUp())
        {
            Assert.That(qmp.Execute("query-memdev").EnumerateArray().Single().GetProperty("share").GetBoolean(), "the memory is shared");
            qmp.Execute("quit");
        }

        Assert.That(qemu.WaitForExit(), "QEMU ends");
        Assert.That(qemu.ExitCode, Is.Zero, qemu.Error);
    }

    [Test]
    public void A_netdev_that_is_taken_away_leaves_QEMU_running()
    {
        (ExecutedQemu executed, Wire wire) = Next();
        using Child qemu = executed.Start("-M", "none", "-netdev", wire.Netdev);
        int backEnd = executed.BackEnd;
        using Qmp qmp = executed.UntilUp();
        qmp.Execute("netdev_del", new { id = wire.Id });
        // By then each would have ended, if it were to end with the connection.
        Until.True(
            () =>
            {
                Signals.Send(backEnd, Signals.Usr1);
                return qemu.Error.Contains("now: not connected", StringComparison.Ordinal);
            },
            () => $"the back end tells that nobody is connected: {qemu.Error}");
        qmp.Execute("query-status");
        Assert.That(ExecutedQemu.IsRunning(backEnd));
        qmp.Execute("quit");
        Assert.That(qemu.WaitForExit(), "QEMU ends");
        AssertGone(executed, wire, backEnd);
    }

    [Test]
    public void A_mistake_in_QEMUs_own_options_is_QEMUs_to_tell()
    {
        (ExecutedQemu executed, Wire wire) = Next();
        using Child qemu = executed.Start("-netdev", wire.Netdev, "-no-such-option");
        Assert.That(qemu.WaitForExit(), "it ends");
        Assert.That(qemu.ExitCode, Is.EqualTo(1));
        Assert.That(qemu.Error, Does.Contain("-no-such-option: invalid option"));
        Until.True(() => executed.Traces(wire).Count == 0, "nothing is left");
    }

    /// <summary>QEMU has had no hubs by number since 3.0. Where there would have been two, neither it nor exec makes them one.</summary>
    [Test]
    public void Two_hubs_are_refused_by_QEMU_itself_and_by_exec_before_QEMU_starts()
    {
        using Child alone = Child.Start("two-hubs-qemu", Settings.Qemu, ["-M", "none", "-nodefaults", "-display", "none", "-net", "socket,listen=127.0.0.1:0,vlan=2"]);
        Assert.That(alone.WaitForExit(), "QEMU ends");
        Assert.That(alone.ExitCode, Is.EqualTo(1));
        Assert.That(alone.Error, Does.Contain("Invalid parameter 'vlan'"));

        (ExecutedQemu executed, Wire wire) = Next();
        string started = Path.Combine(Settings.RunDirectory, $"{wire.Id}.pid");
        using Child qemu = executed.Start("-M", "none", "-pidfile", started, "-net", wire.Netdev + ",vlan=1", "-net", "socket,listen=127.0.0.1:0,vlan=2");
        Assert.That(qemu.WaitForExit(), "it ends");
        Assert.That(qemu.ExitCode, Is.EqualTo(1));
        Assert.That(qemu.Error, Does.Contain("vlan=2 is another hub than vlan=1").Or.Contain("vlan=1 is another hub than vlan=2"));
        Assert.That(File.Exists(started), Is.False, "QEMU was not started");
        Assert.That(executed.Traces(wire), Is.Empty);
    }

    /// <summary>The memory is shared; but with iommu_platform=on the addresses in the rings are not those of the memory.</summary>
    [TestCase("vectors=0", "vhost-user")]
    [TestCase("vectors=0,disable-legacy=on,iommu_platform=on", "stream")]
    public void Vhost_user_is_taken_where_the_device_lets_it(string properties, string frontEnd)
    {
        (ExecutedQemu executed, Wire wire) = Next("--log-level", "info");
        using Child qemu = executed.Start(
            "-M", "q35,memory-backend=ram", "-m", "64", "-object", "memory-backend-memfd,id=ram,size=64M,share=on", "-S",
            "-netdev", wire.Netdev, "-device", $"virtio-net-pci,netdev={wire.Id},romfile=,{properties}");
        Until.True(() => qemu.Error.Contains("QEMU connected", StringComparison.Ordinal), () => $"QEMU has connected: {qemu.Error}");
        Assert.That(qemu.Error, Does.Match($"-netdev l2tpv3,.*: .*{frontEnd}.* takes its place, for "));
        using (Qmp qmp = executed.UntilUp())
        {
            Assert.That(ExecutedQemu.CommandLineOf(qemu.Id), Has.Some.StartsWith($"{frontEnd},id={wire.Id}"));
            qmp.Execute("quit");
        }

        Assert.That(qemu.WaitForExit(), "QEMU ends");
        Assert.That(qemu.ExitCode, Is.Zero, qemu.Error);
    }

    [Test]
    public void A_daemon_keeps_its_back_end_to_its_end()
    {
        (ExecutedQemu executed, Wire wire) = Next();
        string pidFile = Path.Combine(Settings.RunDirectory, $"{wire.Id}.pid");
        using Child qemu = executed.Start("-M", "none", "-netdev", wire.Netdev, "-daemonize", "-pidfile", pidFile);
        int backEnd = executed.BackEnd;
        // Its stdout and stderr too are at their end then.
        Assert.That(qemu.WaitForExit(), "the process that was started ends");
        Assert.That(qemu.ExitCode, Is.Zero, qemu.Error);
        int daemon = int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(ExecutedQemu.IsRunning(backEnd) && ExecutedQemu.IsRunning(daemon));
        Signals.Send(daemon, Signals.Kill);
        AssertGone(executed, wire, backEnd);
    }

    /// <summary>What libvirt asks each emulator.</summary>
    [Test]
    public void The_script_in_place_of_QEMU_is_QEMU_without_l2tpv3()
    {
        string qmpPath = Path.Combine(Settings.RunDirectory, "wrap.qmp");
        string pidFile = Path.Combine(Settings.RunDirectory, "wrap.pid");
        string script = Path.Combine(TestContext.CurrentContext.TestDirectory, "qemu-l2tp-wrap");
        using Child qemu = Child.Start("exec-wrap", "env",
        [
            $"QEMU_L2TP={Settings.Program}", $"QEMU_L2TP_QEMU={Settings.Qemu}", script, "-S", "-no-user-config", "-nodefaults", "-nographic",
            "-machine", "none,accel=kvm:tcg", "-qmp", $"unix:{qmpPath},server=on,wait=off", "-pidfile", pidFile, "-daemonize",
        ]);
        Assert.That(qemu.WaitForExit(), "it becomes a daemon");
        Assert.That(qemu.ExitCode, Is.Zero, qemu.Error);
        using var qmp = new Qmp(qmpPath);
        Assert.That(qmp.Execute("query-version").GetProperty("qemu").GetProperty("major").GetInt32(), Is.GreaterThanOrEqualTo(7));
        qmp.Execute("quit");
    }

    private static (ExecutedQemu Executed, Wire Wire) Next(params string[] options)
    {
        Wire wire = UdpFarEnd.WireOf(Interlocked.Increment(ref _number));
        return (new ExecutedQemu($"exec{wire.Number}", options), wire);
    }

    private static void AssertGone(ExecutedQemu executed, Wire wire, int backEnd) =>
        Until.True(() => !ExecutedQemu.IsRunning(backEnd) && executed.Traces(wire).Count == 0, "the back end, its port and its files are gone");
}
