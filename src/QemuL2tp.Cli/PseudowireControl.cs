using System.Text.Json.Nodes;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>What the control socket's commands do, and what it is told of.</summary>
internal sealed class PseudowireControl : IPseudowireControl
{
    private readonly PseudowireHost _host;
    private readonly EndOfRun _end;
    private readonly Func<string, Written<FrontendOptions>> _fallback;

    public PseudowireControl(PseudowireHost host, EndOfRun end, Func<string, Written<FrontendOptions>> fallback)
    {
        _host = host;
        _end = end;
        _fallback = fallback;
        host.Added = OnAdded;
        host.Removed = OnRemoved;
        host.Connected = OnConnected;
        host.Disconnected = OnDisconnected;
    }

    /// <summary>Told of every event: its name and its data. On any thread.</summary>
    public Action<string, JsonObject>? Event { get; set; }

    public IReadOnlyList<Pseudowire> All => _host.All;

    public Task AddAsync(L2tpv3Options netdev, FrontendOptions? frontend)
    {
        // As in QEMU, messages about it are in front of nothing.
        var written = new Written<L2tpv3Options>("", netdev);
        Written<FrontendOptions>[] frontends = frontend is null ? [] : [new Written<FrontendOptions>("", frontend)];
        return _host.AddAsync(PseudowirePlan.Match([written], frontends, _fallback)[0] with { WaitsByDefault = true });
    }

    public bool Remove(string id) => _host.Remove(id);

    public void Quit()
    {
        Event?.Invoke("SHUTDOWN", new JsonObject { ["guest"] = false, ["reason"] = "host-qmp-quit" });
        _end.End();
    }

    private void OnAdded(Pseudowire pseudowire)
    {
        _end.Opened(pseudowire);
        Event?.Invoke("X_NETDEV_ADDED", new JsonObject { ["netdev-id"] = pseudowire.Id });
    }

    private void OnRemoved(Pseudowire pseudowire)
    {
        _end.Closed(pseudowire);
        Event?.Invoke("X_NETDEV_REMOVED", new JsonObject { ["netdev-id"] = pseudowire.Id });
    }

    private void OnConnected(Pseudowire pseudowire)
    {
        if (Event is not { } tell || !QmpEvents.Has(pseudowire.Frontend))
            return;
        (string name, JsonObject data) = QmpEvents.Connected(pseudowire.Id, pseudowire.Frontend);
        tell(name, data);
    }

    private void OnDisconnected(Pseudowire pseudowire, bool canFollow)
    {
        if (QmpEvents.Has(pseudowire.Frontend))
            Event?.Invoke(QmpEvents.DisconnectedName(pseudowire.Frontend), new JsonObject { ["netdev-id"] = pseudowire.Id });
        _end.OnDisconnected(pseudowire, canFollow);
    }
}
