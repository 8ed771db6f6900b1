namespace QemuL2tp.Integration.Peers;

/// <summary>One qemu-l2tp process that carries one wire or several.</summary>
internal sealed class QemuL2tpBackEnd(string name, params IReadOnlyList<Wire> wires) : IBackEnd
{
    private Child? _process;

    /// <summary>True when QEMU comes as a vhost-user front end, false when it comes with a stream.</summary>
    public bool VhostUser { get; init; }

    /// <summary>Who listens on the socket: we, or QEMU.</summary>
    public bool Server { get; init; } = true;

    /// <summary>True for the process at the far end of the wires.</summary>
    public bool Far { get; init; }

    /// <summary>The network namespace it runs in; null is this process's own.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>Words in front of the program, such as a tool that takes privileges away.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    public IReadOnlyList<string> Extra { get; init; } = [];

    /// <summary>More options of <c>--frontend</c>, each with a comma in front.</summary>
    public string FrontendOptions { get; init; } = "";

    /// <summary>False when <see cref="Extra"/> says where QEMU comes from.</summary>
    public bool SaysFrontend { get; init; } = true;

    public Child Process => _process ?? throw new InvalidOperationException($"{name} was not started");

    public string SocketOf(Wire wire) => Path.Combine(Settings.RunDirectory, $"{name}-{wire.Id}.sock");

    public IReadOnlyList<string> NetdevOf(Wire wire) => VhostUser
        ? VhostUserNetdevOf(wire)
        : ["-netdev", $"stream,id={wire.Id},server={(Server ? "off" : "on")},addr.type=unix,addr.path={SocketOf(wire)}"];

    /// <param name="wire">One of its wires.</param>
    /// <param name="queuePairs">How many.</param>
    /// <param name="id">Of the netdev; the wire's unless said otherwise.</param>
    public IReadOnlyList<string> VhostUserNetdevOf(Wire wire, int queuePairs = 1, string? id = null) =>
    [
        "-chardev", $"socket,id=chr{wire.Number},path={SocketOf(wire)},{(Server ? "reconnect=1" : "server=on")}",
        "-netdev", $"vhost-user,id={id ?? wire.Id},chardev=chr{wire.Number},queues={queuePairs}",
    ];

    public void Start()
    {
        Launch();
        Until.True(
            () => Ready || !Process.Running,
            () => $"{name} is ready");
        if (!Process.Running)
        {
            throw new InvalidOperationException($"{name} ended with status {Process.ExitCode}: {Process.Error}");
        }
    }

    /// <summary>Starts it without waiting for anything.</summary>
    public void Launch()
    {
        List<string> line = [.. Prefix, Settings.Program];
        foreach (Wire wire in wires)
        {
            line.AddRange(["-netdev", Far ? wire.FarNetdev : wire.Netdev]);
            if (SaysFrontend)
            {
                string form = VhostUser ? "vhost-user" : "stream";
                string path = VhostUser ? "path" : "addr.type=unix,addr.path";
                line.AddRange(["--frontend", $"{form},id={wire.Id},server={(Server ? "on" : "off")},{path}={SocketOf(wire)}{FrontendOptions}"]);
            }
        }

        line.AddRange(Extra);
        _process = Child.Start(name, line[0], line.Skip(1), NetworkNamespace);
    }

    public void Dispose() => _process?.Dispose();

    // It prints what to paste into QEMU's command line once it can be used.
    private bool Ready =>
        wires.All(wire => Process.Output.Contains(wire.Id, StringComparison.Ordinal))
        && (!Server || wires.All(wire => File.Exists(SocketOf(wire))));
}
