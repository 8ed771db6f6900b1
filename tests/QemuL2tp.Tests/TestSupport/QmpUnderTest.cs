using QemuL2tp.Cli.Qmp;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A control socket with pseudowires behind it, in this process.</summary>
internal sealed class QmpUnderTest : IPseudowireControl, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly PseudowireHost _host;

    public QmpUnderTest()
    {
        _host = new PseudowireHost(Log);
        _host.Start();
        Path = _directory.File("qmp");
        Server = new QmpServer($"unix:{Path},server=on,wait=off", this, Log);
        Server.Start();
    }

    public RecordingLog Log { get; } = new();

    public QmpServer Server { get; }

    public string Path { get; }

    public int Quits { get; private set; }

    public IReadOnlyList<Pseudowire> All => _host.All;

    public string FileName(string name) => _directory.File(name);

    public Task AddAsync(L2tpv3Options netdev, FrontendOptions? frontend) => _host.AddAsync(PseudowirePlan.Match(
        [new Written<L2tpv3Options>("", netdev)],
        frontend is null ? [] : [new Written<FrontendOptions>("", frontend)],
        id => new Written<FrontendOptions>("", LoopbackLink.Unix(FileName(id + ".sock"))))[0]);

    public bool Remove(string id) => _host.Remove(id);

    public void Quit() => Quits++;

    public void Dispose()
    {
        Server.Dispose();
        _host.Dispose();
        _directory.Dispose();
    }
}
