using System.Text.Json.Nodes;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>What the control socket's commands do, and what it is told of.</summary>
internal sealed class PseudowireControl : IPseudowireControl, IDisposable
{
    private readonly PseudowireHost _host;
    private readonly EndOfRun _end;
    private readonly Func<string, Written<FrontendOptions>> _fallback;
    private readonly QmpServer? _server;

    /// <exception cref="UserErrorException">The control socket cannot be opened.</exception>
    public PseudowireControl(string? address, PseudowireHost host, EndOfRun end, Func<string, Written<FrontendOptions>> fallback, IEventLog log)
    {
        _host = host;
        _end = end;
        _fallback = fallback;
        _server = address is null ? null : Written.In($"--qmp {address}", () => new QmpServer(address, this, log));
        host.Added = OnAdded;
        host.Removed = OnRemoved;
        host.Connected = OnConnected;
        host.Disconnected = OnDisconnected;
    }

    public IReadOnlyList<Hosting.Pseudowire> All => _host.All;

    public void Start() => _server?.Start();

    /// <summary>Makes the first command as fast as the others, beside everything else; when there is time for that.</summary>
    public void Rehearse()
    {
        if (_server is not null)
            _ = Task.Run(() => Rehearsal.RunAsync(_end));
    }

    public void Add(L2tpv3Options netdev, FrontendOptions? frontend)
    {
        // As in QEMU, messages about it are in front of nothing.
        var written = new Written<L2tpv3Options>("", netdev);
        Written<FrontendOptions>[] frontends = frontend is null ? [] : [new Written<FrontendOptions>("", frontend)];
        _ = _host.Add(PseudowirePlan.Match([written], frontends, _fallback)[0]);
    }

    public bool Remove(string id) => _host.Remove(id);

    public void Quit()
    {
        _server?.SendEvent("SHUTDOWN", new JsonObject { ["guest"] = false, ["reason"] = "host-qmp-quit" });
        _end.End();
    }

    public void Dispose() => _server?.Dispose();

    private void OnAdded(Hosting.Pseudowire pseudowire)
    {
        _end.Opened(pseudowire);
        _server?.SendEvent("X_NETDEV_ADDED", new JsonObject { ["netdev-id"] = pseudowire.Id });
    }

    private void OnRemoved(Hosting.Pseudowire pseudowire)
    {
        _end.Closed(pseudowire);
        _server?.SendEvent("X_NETDEV_REMOVED", new JsonObject { ["netdev-id"] = pseudowire.Id });
    }

    private void OnConnected(Hosting.Pseudowire pseudowire)
    {
        if (_server is null || !QmpEvents.Has(pseudowire.Frontend))
            return;
        (string name, JsonObject data) = QmpEvents.Connected(pseudowire.Id, pseudowire.Frontend);
        _server.SendEvent(name, data);
    }

    private void OnDisconnected(Hosting.Pseudowire pseudowire, bool canFollow)
    {
        if (QmpEvents.Has(pseudowire.Frontend))
            _server?.SendEvent(QmpEvents.DisconnectedName(pseudowire.Frontend), new JsonObject { ["netdev-id"] = pseudowire.Id });
        _end.OnDisconnected(pseudowire, canFollow);
    }
}
