using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Exec;

internal sealed class DryRunTests : ExecTest
{
    [Test]
    public void Two_command_lines_are_printed_and_nothing_is_started()
    {
        ProgramProcess process = Run(0, "exec", "--dry-run", "--log-level=info", "--threads", "2", "--", FakeQemu, "-name", "it's a vm", "-netdev", "l2tpv3,id=a,src=1.2.3.4,dst=5.6.7.8");

        string[] lines = process.Output.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Does.Match($"^{ProgramProcess.Path} -netdev l2tpv3,id=a,src=1.2.3.4,dst=5.6.7.8 --frontend stream,id=a,addr.type=fd,addr.str=[0-9]+ --log-level info --threads 2 --ready-fd [0-9]+ --exit-fd [0-9]+$"));
        Assert.That(lines[1], Does.Match($@"^{FakeQemu} -name 'it'\\''s a vm' -netdev stream,id=a,server=off,addr.type=fd,addr.str=[0-9]+$"));
        Assert.That(HasFact("id"), Is.False);
    }

    [Test]
    public void What_is_printed_can_be_run_by_a_shell()
    {
        ProgramProcess process = Run(0, "exec", "--dry-run", "--", FakeQemu, "-name", "it's $HOME `a` é", "", "-S");
        StartCommand("/bin/sh", "-c", process.Output).WaitForExit();

        Assert.That(Arguments(), Is.EqualTo(new[] { "-name", "it's $HOME `a` é", "", "-S" }));
    }

    [Test]
    public void Vhost_user_is_connected_by_a_path_that_names_a_descriptor()
    {
        ProgramProcess process = Run(0, "exec", "--dry-run", "--front-end", "vhost-user", "--", FakeQemu, "-m", "1G", "-netdev", "l2tpv3,id=a", "-device", "virtio-net-pci,netdev=a");

        Assert.That(process.Output.Split('\n')[0], Does.Match("--frontend vhost-user,id=a,fd=[0-9]+,server=on "));
        Assert.That(process.Output.Split('\n')[1], Does.Match("-chardev socket,id=qemu-l2tp-a,path=/proc/self/fd/[0-9]+ -netdev vhost-user,id=a,chardev=qemu-l2tp-a -device"));
        Assert.That(Directory.GetFileSystemEntries(FileName("tmp")), Is.Empty);
    }

    [Test]
    public void The_version_of_QEMU_decides()
    {
        Variables["FAKE_VERSION"] = "7.1.0";

        Assert.That(Run(0, "exec", "--dry-run", "--", FakeQemu, "-netdev", "l2tpv3,id=a").Output, Does.Match("-netdev socket,id=a,fd=[0-9]+\n$"));
    }

    [Test]
    public void Without_QEMU_the_usage_is_wrong()
    {
        foreach (string[] none in new string[][] { ["exec"], ["exec", "--"], ["exec", "--dry-run", "--"] })
            Assert.That(Run(2, none).Errors, Does.StartWith("qemu-l2tp: no QEMU: write its command line behind --"));
        Assert.That(Run(2, "exec", "--front-end", "tap", "--", "q").Errors, Does.StartWith("qemu-l2tp: --front-end 'tap' is not understood: write auto, stream or vhost-user"));
        Assert.That(Run(2, "exec", "--one-off", "--", "q").Errors, Does.StartWith("qemu-l2tp: unknown option --one-off"));
    }

    [Test]
    public void A_refusal_names_the_option() =>
        Assert.That(
            Run(1, "exec", "--front-end=vhost-user", "--", FakeQemu, "-netdev", "l2tpv3,id=é", "-device", "e1000,netdev=é").Errors,
            Is.EqualTo("qemu-l2tp: --front-end vhost-user: -netdev l2tpv3,id=é: its NIC is e1000\nvhost-user needs a virtio-net NIC: write virtio-net-pci, or leave out --front-end vhost-user.\n"));
}
