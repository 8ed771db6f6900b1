using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Guest;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Guest.Stream;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Network;
using QemuL2tp.Options;
using QemuL2tp.Pseudowire;

namespace QemuL2tp.Cli;

/// <summary>A pseudowire with its parts and its workers: wiring only.</summary>
internal sealed unsafe class RunningLink : IDisposable
{
    private readonly Worker _worker = new();
    private readonly Worker? _tunnelToGuest;
    private readonly SequenceFile? _sequence;

    /// <exception cref="UserErrorException">A socket or the sequence file cannot be opened.</exception>
    public RunningLink(LinkPlan plan, IEventLog log, int threads)
    {
        Plan = plan;
        L2tpv3Options options = plan.Netdev.Value;
        try
        {
            Tunnel = Written.In(plan.Netdev.Origin, () => new TunnelPort(options, log));
            if (options.Rfc3931Sequencing)
                _sequence = Written.In(plan.Netdev.Origin, () => SequenceFile.Open(options, SequenceFilePlace.Prepare(options, Environment.GetEnvironmentVariable), SequenceFile.CurrentBoot, log));
            Guest = Written.In(plan.Frontend.Origin, () => GuestPort(plan.Frontend.Value, plan.Id, log));
        }
        catch
        {
            Tunnel?.Dispose();
            _sequence?.Dispose();
            _worker.Dispose();
            throw;
        }

        Decapsulator = new Decapsulator(options);
        Link = new PseudowireLink(Guest, Tunnel, new Encapsulator(options, _sequence is null ? null : _sequence.NextNumber), Decapsulator, new DropReporter(log, options.Id, null, FrameVerdict.UnexpectedSource), Reporter(options, log), plan.Frontend.Value.PollMicroseconds);
        _tunnelToGuest = threads == 2 ? new Worker() : null;
        _worker.Add(Link, _tunnelToGuest);
    }

    public LinkPlan Plan { get; }
    public TunnelPort Tunnel { get; }
    public IGuestPort Guest { get; }
    public Decapsulator Decapsulator { get; }
    public PseudowireLink Link { get; }

    public void Start()
    {
        _tunnelToGuest?.Start($"rx {Plan.Id}");
        _worker.Start($"{(_tunnelToGuest is null ? "l2tp" : "tx")} {Plan.Id}");
    }

    /// <summary>Stops the threads; the numbers can still be read.</summary>
    public void Stop()
    {
        _worker.Stop();
        _tunnelToGuest?.Stop();
    }

    public void Dispose()
    {
        Stop();
        _worker.Dispose();
        _tunnelToGuest?.Dispose();
        _sequence?.Dispose();
    }

    private static IGuestPort GuestPort(FrontendOptions frontend, string id, IEventLog log) => frontend.Kind == FrontendKind.VhostUser
        ? new VhostUserPort(frontend, id, log)
        : DgramPort.IsFor(frontend) ? new DgramPort(frontend, id, log) : new StreamPort(frontend, id, log);

    /// <summary>A raw socket sees the sessions of everybody on this host; that is no news.</summary>
    private DropReporter Reporter(L2tpv3Options options, IEventLog log) => options.Udp
        ? new DropReporter(log, options.Id, Tunnel.DescribeSender)
        : new DropReporter(log, options.Id, Tunnel.DescribeSender, FrameVerdict.WrongSession);
}
