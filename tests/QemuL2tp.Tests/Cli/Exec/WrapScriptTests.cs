using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Exec;

/// <summary>The script that is put in place of a QEMU binary.</summary>
internal sealed class WrapScriptTests : ExecTest
{
    private static readonly string s_script = Path.Combine(Repository.Root, "qemu-scripts", "qemu-l2tp-wrap");

    [SetUp]
    public void Program() => Variables["QEMU_L2TP"] = ProgramProcess.Path;

    [Test]
    public void It_stands_for_the_QEMU_of_its_own_name_in_PATH([Values] bool isCopy)
    {
        string bin = Directory.CreateDirectory(FileName("bin")).FullName;
        string front = Directory.CreateDirectory(FileName("front")).FullName;
        File.CreateSymbolicLink(Path.Combine(bin, "qemu-system-fake"), FakeQemu);
        string link = Path.Combine(front, "qemu-system-fake");
        if (isCopy)
            File.Copy(s_script, link);
        else
            File.CreateSymbolicLink(link, s_script);
        Variables["PATH"] = $"{front}:{bin}:{Environment.GetEnvironmentVariable("PATH")}";

        ProgramProcess process = StartCommand("env", "qemu-system-fake", "-S", "-netdev", Netdev());
        Assert.That(process.WaitForExit(), Is.Zero, process.Errors);
        Assert.That(Arguments()[..2], Is.EqualTo(new[] { "-S", "-netdev" }));
        Assert.That(Arguments()[2], Does.StartWith("stream,id=net0,"));
        Assert.That(Fact("id"), Is.EqualTo(new[] { $"{process.Id}" }), "libvirt knows QEMU by its process ID");
    }

    [Test]
    public void The_QEMU_can_be_named_and_options_added()
    {
        Variables["QEMU_L2TP_QEMU"] = FakeQemu;
        Variables["QEMU_L2TP_EXEC_OPTIONS"] = "--dry-run --log-level error";

        ProgramProcess process = StartCommand(s_script, "-netdev", Netdev("a"));
        Assert.That(process.WaitForExit(), Is.Zero, process.Errors);
        Assert.That(process.Output, Does.Contain(" --log-level error ").And.Contain($"\n{FakeQemu} -netdev stream,id=a,"));
    }

    [Test]
    public void Without_that_QEMU_it_says_so()
    {
        string link = FileName("qemu-system-none");
        File.CreateSymbolicLink(link, s_script);

        ProgramProcess process = StartCommand(link, "-S");
        Assert.That(process.WaitForExit(), Is.EqualTo(127));
        Assert.That(process.Errors, Is.EqualTo("qemu-system-none: not in PATH; set QEMU_L2TP_QEMU to QEMU's path\n"));
    }
}
