using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Hosting;

/// <summary>The tunnels of a process: pseudowires with one local address, port and encapsulation share one. For one thread at a time.</summary>
/// <param name="log">Where events are told to a person.</param>
internal sealed class Tunnels(IEventLog log)
{
    private readonly List<TunnelPlace> _open = [];

    /// <summary>Opens a session, and its tunnel if it is the first.</summary>
    /// <param name="options">Those of the pseudowire, which <see cref="LocalPort.FindConflict"/> has nothing against.</param>
    /// <param name="waits">What is not there yet is waited for.</param>
    /// <exception cref="UserErrorException">An address cannot be resolved or bound, or a privilege is missing; nothing has changed.</exception>
    public (TunnelPlace Place, TunnelSession Session) Open(L2tpv3Options options, bool waits = false)
    {
        if (_open.Find(place => LocalPort.IsSame(place.Endpoint.Options, options)) is { } shared)
            return (shared, shared.Endpoint.OpenSession(options, waits));
        // A session moves from one to the other then, and front ends stay with their threads.
        TunnelPlace? kin = _open.Find(place => LocalPort.MayBecomeSame(place.Endpoint.Options, options));
        var opened = new TunnelPlace(new TunnelEndpoint(options, log, waits)) { Worker = kin?.Worker, Pair = kin?.Pair };
        _open.Add(opened);
        opened.Endpoint.Closed = () => _open.Remove(opened);
        opened.Endpoint.Report = Report(opened.Endpoint);
        try
        {
            return (opened, opened.Endpoint.OpenSession(options, waits));
        }
        catch
        {
            opened.Endpoint.Dispose();
            throw;
        }
    }

    /// <summary>The names of a session were looked up. If <c>src</c> has turned out to be the local end of another tunnel, it goes on there.</summary>
    /// <param name="session">The session.</param>
    /// <param name="options">Its options, with addresses in place of names, which <see cref="LocalPort.FindConflict"/> has nothing against.</param>
    /// <exception cref="UserErrorException">It cannot go on there; nothing has changed.</exception>
    public void Resolve(TunnelSession session, L2tpv3Options options)
    {
        TunnelPlace own = _open.Find(place => place.Endpoint == session.Tunnel)!;
        TunnelPlace? other = _open.Find(place => place != own && LocalPort.IsSame(place.Endpoint.Options, options));
        if (other is null)
            own.Endpoint.Resolve(session, options);
        else if (own.Worker == other.Worker && own.Pair == other.Pair)
            own.Endpoint.Move(session, other.Endpoint, options);
        else
            throw LocalPort.OnAnotherThread(options, other.Endpoint.Names);
    }

    /// <summary>What comes to a raw socket before its filter knows the sessions is everybody's on this host; that is no news.</summary>
    private DropReporter Report(TunnelEndpoint tunnel) => tunnel.Options.Udp
        ? new DropReporter(log, () => tunnel.Names, tunnel)
        : new DropReporter(log, () => tunnel.Names, tunnel, silent: [FrameVerdict.WrongSession]);
}
