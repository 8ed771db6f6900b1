using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>Where QEMU connects when no front end is given.</summary>
internal sealed class DefaultSocketTests : ProgramTest
{
    private const string Remedy = "Set it, or say where QEMU connects: --frontend stream,server=on,addr.type=unix,addr.path=PATH.\n";

    [Test]
    public void The_socket_lies_in_a_directory_for_this_user_only()
    {
        ProgramProcess process = Start("-netdev", Netdev("vm-1.x_y")).UntilReady();
        Assert.That(
            File.GetUnixFileMode(FileName("qemu-l2tp")),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(File.Exists(FileName("qemu-l2tp/vm-1.x_y.sock")), Is.True);
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(File.Exists(FileName("qemu-l2tp/vm-1.x_y.sock")), Is.False);
    }

    [Test]
    public void A_comma_in_the_directory_is_no_separator()
    {
        Directory.CreateDirectory(FileName("a,b"));
        Variables["XDG_RUNTIME_DIR"] = FileName("a,b");
        ProgramProcess process = Start("-netdev", Netdev()).UntilReady();
        Assert.That(File.Exists(FileName("a,b/qemu-l2tp/net0.sock")), Is.True);
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Output, Does.Contain($"addr.path={FileName("a,,b/qemu-l2tp/net0.sock")} "));
    }

    [Test]
    public void Systemds_directory_of_the_unit_wins()
    {
        Directory.CreateDirectory(FileName("unit"));
        Variables["RUNTIME_DIRECTORY"] = $"{FileName("unit")}:{FileName("other")}";
        ProgramProcess process = Start("-netdev", Netdev()).UntilReady();
        Assert.That(File.Exists(FileName("unit/net0.sock")), Is.True);
        Assert.That(process.Terminate(), Is.Zero);
    }

    [TestCase(null)]
    [TestCase("")]
    public void Without_a_runtime_directory_a_user_is_told_what_to_do(string? value)
    {
        Variables["XDG_RUNTIME_DIR"] = value;
        ProgramProcess process = StartAsNobody("-netdev", Netdev());
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Is.EqualTo("qemu-l2tp: XDG_RUNTIME_DIR is not set\n" + Remedy));
    }

    [Test]
    public void A_runtime_directory_that_cannot_be_written_is_an_error()
    {
        Variables["XDG_RUNTIME_DIR"] = "/";
        ProgramProcess process = StartAsNobody("-netdev", Netdev());
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.StartWith("qemu-l2tp: cannot create /qemu-l2tp: ").And.Contains("--frontend stream"));
    }

    [Test]
    public void With_a_front_end_no_runtime_directory_is_needed()
    {
        Variables["XDG_RUNTIME_DIR"] = null;
        ProgramProcess process = Start("-netdev", Netdev(), "--frontend", $"stream,addr.type=unix,addr.path={FileName("s")}").UntilReady();
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_wrong_front_end_is_reported_before_a_missing_directory()
    {
        Variables["XDG_RUNTIME_DIR"] = null;
        ProgramProcess process = StartAsNobody("-netdev", Netdev(), "--frontend", $"stream,id=typo,addr.type=unix,addr.path={FileName("s")}");
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.Contain("there is no -netdev 'typo'"));
    }
}
