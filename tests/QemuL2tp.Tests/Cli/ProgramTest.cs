using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>Starts the program as a user does, in a directory of its own; after each test nothing of it may be left.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal abstract class ProgramTest : IDisposable
{
    private const UnixFileMode ReadableByAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly string[] s_nobody = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : [];

    private readonly List<ProgramProcess> _started = [];
    private readonly TemporaryDirectory _directory = new();

    protected ProgramTest() =>
        Variables = new() { ["XDG_RUNTIME_DIR"] = _directory.Path, ["NOTIFY_SOCKET"] = null, ["RUNTIME_DIRECTORY"] = null };

    protected Dictionary<string, string?> Variables { get; }

    public void Dispose()
    {
        _started.ForEach(process => process.Dispose());
        _directory.Dispose();
    }

    /// <summary>A file name in the directory, which is also XDG_RUNTIME_DIR.</summary>
    protected string FileName(string name) => _directory.File(name);

    /// <summary>Option text of a pseudowire over UDP between two new loopback addresses.</summary>
    protected static string Netdev(string id = "net0") => Netdev(Loopback.NewOptions(), id);

    /// <inheritdoc cref="Netdev(string)"/>
    protected static string Netdev(L2tpv3Options options, string id = "net0") =>
        $"l2tpv3,id={id},src={options.Source},dst={options.Destination},udp=on,srcport={options.SourcePort},dstport={options.DestinationPort},"
        + $"txsession={options.TransmitSession},rxsession={options.ReceiveSession}";

    /// <summary>SIGINT and SIGHUP do what they do also where these tests run in the background of a shell or behind nohup, which have them ignored.</summary>
    protected ProgramProcess Start(params string[] arguments) => StartCommand(["env", "--default-signal=INT,HUP", ProgramProcess.Path, .. arguments]);

    /// <summary>A shell whose last word is the program, for redirections: <c>"$@"</c> is the program and its arguments.</summary>
    protected ProgramProcess StartByShell(string script, params string[] arguments) =>
        StartCommand(["/bin/bash", "-c", script, "bash", ProgramProcess.Path, .. arguments]);

    protected ProgramProcess StartCommand(params string[] command)
    {
        var process = new ProgramProcess(command, Variables);
        _started.Add(process);
        return process;
    }

    /// <summary>As a user without privileges, from a place where such a user can read the program.</summary>
    protected ProgramProcess StartAsNobody(params string[] arguments)
    {
        DirectoryInfo place = Directory.CreateDirectory(FileName("program"));
        foreach (string file in Directory.GetFiles(ProgramProcess.Directory, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(place.FullName, Path.GetRelativePath(ProgramProcess.Directory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, ReadableByAll);
        }

        foreach (string directory in Directory.GetDirectories(place.FullName, "*", SearchOption.AllDirectories).Append(place.FullName).Append(place.Parent!.FullName))
            File.SetUnixFileMode(directory, ReadableByAll);
        return StartCommand([.. s_nobody, Path.Combine(place.FullName, "qemu-l2tp"), .. arguments]);
    }

    /// <summary>Runs it to its end, which must come by itself.</summary>
    protected ProgramProcess Run(int exitStatus, params string[] arguments)
    {
        ProgramProcess process = Start(arguments);
        Assert.That(process.WaitForExit(), Is.EqualTo(exitStatus), process.Output + process.Errors);
        Assert.That(process.Errors, Does.Not.Contain("   at ").And.Not.Contain("Unhandled"), "a stack trace");
        return process;
    }
}
