using System.Globalization;

namespace QemuL2tp.Integration.Peers;

/// <summary>A QEMU behind <c>qemu-l2tp exec --</c>, and the back end beside it.</summary>
/// <param name="name">Unique in this run.</param>
/// <param name="options">Of <c>exec</c>.</param>
internal sealed class ExecutedQemu(string name, params string[] options)
{
    private readonly string _qmpPath = Path.Combine(Settings.RunDirectory, name + ".qmp");

    // Where it makes what it needs for a moment.
    private readonly string _temporary = Directory.CreateDirectory(Path.Combine(Settings.RunDirectory, name + ".tmp")).FullName;

    /// <summary>Of the back end, which removes it at its end.</summary>
    public string PidFile { get; } = Path.Combine(Settings.RunDirectory, name + ".back-end");

    /// <summary>The words in front of QEMU.</summary>
    public IReadOnlyList<string> Prefix => ["env", "TMPDIR=" + _temporary, Settings.Program, "exec", "--pid-file", PidFile, .. options, "--"];

    /// <summary>The back end's process; it is ready before QEMU is there.</summary>
    public int BackEnd
    {
        get
        {
            Until.True(() => File.Exists(PidFile) && File.ReadAllText(PidFile).EndsWith('\n'), () => $"the back end of {name} is ready");
            return int.Parse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The words of a QEMU without a guest.</summary>
    public IEnumerable<string> Words(params IEnumerable<string> qemuOptions) =>
        [.. Prefix, Settings.Qemu, "-nodefaults", "-display", "none", "-qmp", $"unix:{_qmpPath},server=on,wait=off", .. qemuOptions];

    /// <summary>Starts a QEMU without a guest.</summary>
    public Child Start(params IEnumerable<string> qemuOptions) => Child.Start(name, "env", Words(qemuOptions).Skip(1));

    /// <summary>Waits until QEMU has started, so that it handles signals too.</summary>
    public Qmp UntilUp()
    {
        Qmp? qmp = null;
        Until.True(() => (qmp = Qmp.TryConnect(_qmpPath)) is not null, () => $"the QEMU of {name} is up");
        return qmp!;
    }

    /// <summary>The command line of a running process.</summary>
    public static string[] CommandLineOf(int process) => File.ReadAllText($"/proc/{process}/cmdline").Split('\0')[..^1];

    /// <summary>Whether a process runs; one that has ended and waits for its parent does not.</summary>
    public static bool IsRunning(int process)
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

    /// <summary>What there is of it besides processes: the wire's port, sockets by name, files.</summary>
    public IReadOnlyList<string> Traces(Wire wire) =>
    [
        .. File.ReadLines("/proc/net/udp").Where(line => line.Contains($":{wire.LocalPort:X4} ", StringComparison.Ordinal)),
        .. File.ReadLines("/proc/net/unix").Where(line => line.Contains(_temporary, StringComparison.Ordinal)),
        .. Directory.GetFileSystemEntries(_temporary),
        .. Directory.GetFileSystemEntries(Settings.RunDirectory, name + ".back-end"),
    ];
}
