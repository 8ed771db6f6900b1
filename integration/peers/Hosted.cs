using System.Text.Json;

namespace QemuL2tp.Integration.Peers;

/// <summary>One qemu-l2tp with a configuration file and a control socket. It connects to the guest's NICs, which listen.</summary>
internal sealed class Hosted : IDisposable
{
    private readonly string _file;
    private readonly string _control;
    private int _reloads;

    /// <param name="name">Unique in this run.</param>
    /// <param name="lines">Of the file.</param>
    public Hosted(string name, params IEnumerable<string> lines)
    {
        _file = Path.Combine(Settings.RunDirectory, $"{name}.conf");
        _control = Path.Combine(Settings.RunDirectory, $"{name}.qmp");
        File.WriteAllLines(_file, lines);
        Process = Child.Start(name, Settings.Program, ["--config", _file, "--qmp", $"unix:{_control},server=on"]);
        Qmp? control = null;
        Until.True(() => (control = Qmp.TryConnect(_control)) is not null || !Process.Running, () => $"the control socket: {Process.Error}");
        Control = control ?? throw new InvalidOperationException($"qemu-l2tp ended: {Process.Error}");
    }

    public Child Process { get; }

    public Qmp Control { get; }

    /// <summary>QEMU's side of a wire: it listens, so that we may come and go.</summary>
    public static IReadOnlyList<string> NetdevOf(Wire wire) => ["-netdev", $"stream,id={wire.Id},server=on,addr.type=unix,addr.path={SocketOf(wire)}"];

    /// <summary>Our side of it.</summary>
    public static string FrontendOf(Wire wire) => $"stream,id={wire.Id},server=off,addr.type=unix,addr.path={SocketOf(wire)}";

    /// <summary>Adds a pseudowire as QEMU's own <c>netdev_add</c> would, with the front end that QEMU does not have.</summary>
    public void Add(Wire wire, string frontend) => Control.Execute("netdev_add", new Dictionary<string, object>
    {
        ["type"] = "l2tpv3",
        ["id"] = wire.Id,
        ["src"] = wire.Local,
        ["dst"] = wire.Remote,
        ["udp"] = true,
        ["srcport"] = $"{wire.LocalPort}",
        ["dstport"] = $"{wire.RemotePort}",
        ["txsession"] = wire.RemoteSession,
        ["rxsession"] = wire.LocalSession,
        ["counter"] = wire.Counter,
        ["x-frontend"] = frontend,
    });

    public void SetLink(Wire wire, bool up) => Control.Execute("set_link", new Dictionary<string, object> { ["name"] = wire.Id, ["up"] = up });

    public JsonElement StatisticsOf(Wire wire) => Control.Execute("query-netdev-stats", new Dictionary<string, object> { ["id"] = wire.Id })[0];

    /// <summary>Other lines in the file; waits until it was read again and answers what was done.</summary>
    public string Reload(params IEnumerable<string> lines)
    {
        const string Said = "the configuration was read again: ";
        File.WriteAllLines(_file, lines);
        Process.Signal(Signals.HangUp);
        _reloads++;
        Until.True(() => Process.Error.Split(Said).Length == _reloads + 1, () => $"reloaded: {Process.Error}");
        return Process.Error.Split(Said)[^1].Split('\n')[0];
    }

    public void Dispose()
    {
        Control.Dispose();
        Process.Dispose();
    }

    private static string SocketOf(Wire wire) => Path.Combine(Settings.RunDirectory, $"hosted-{wire.Id}.sock");
}
