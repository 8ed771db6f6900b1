using System.Globalization;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Exec;

/// <summary>Runs <c>qemu-l2tp exec</c> in front of a script that stands for QEMU and writes down how it was started.</summary>
internal abstract class ExecTest : ProgramTest
{
    protected ExecTest()
    {
        Directory.CreateDirectory(FileName("facts"));
        Variables["FAKE_FACTS"] = FileName("facts");
        // Whatever the runtime writes there can be told from what is there already.
        Directory.CreateDirectory(FileName("tmp"));
        Variables["TMPDIR"] = FileName("tmp");
    }

    protected static string FakeQemu { get; } = Path.Combine(Repository.Root, "tests", "QemuL2tp.Tests", "Cli", "Exec", "fake-qemu");

    protected string PidFile => FileName("back-end.pid");

    /// <summary>exec, with a pid file of the back end, and the fake.</summary>
    protected string[] Exec(params string[] qemuArguments) => ["exec", "--pid-file", PidFile, "--", FakeQemu, .. qemuArguments];

    /// <summary>Starts it with a pseudowire and waits until the fake runs.</summary>
    protected (ProgramProcess Qemu, int BackEnd) StartBoth(params string[] moreArguments)
    {
        Variables["FAKE_STAYS"] = "yes";
        ProgramProcess qemu = Start(Exec(["-netdev", Netdev(), .. moreArguments]));
        qemu.Until(() => qemu.HasExited || HasFact("id"), "QEMU runs");
        Assert.That(qemu.HasExited, Is.False, qemu.Errors);
        return (qemu, int.Parse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture));
    }

    protected bool HasFact(string name) => File.Exists(Path.Combine(FileName("facts"), name));

    protected string[] Fact(string name) => File.ReadAllLines(Path.Combine(FileName("facts"), name));

    /// <summary>The words that the fake was started with.</summary>
    protected string[] Arguments() => File.ReadAllText(Path.Combine(FileName("facts"), "arguments")).Split('\0')[..^1];

    /// <summary>Whether a process runs; one that has ended and waits for its parent does not.</summary>
    protected static bool IsRunning(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
