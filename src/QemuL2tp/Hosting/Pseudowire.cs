using System.Globalization;
using QemuL2tp.Datagrams;
using QemuL2tp.EventLoop;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Guest;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Guest.Stream;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Hosting.Statistics;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Hosting;

/// <summary>A pseudowire that is open: QEMU can connect, and the guest's frames are carried to the peer and back.</summary>
/// <example><code>
/// await using var link = await Pseudowire.StartAsync(
///     "l2tpv3,id=net0,src=10.0.0.1,dst=10.0.0.2,udp=on,srcport=1701,dstport=1701,txsession=1,rxsession=2",
///     "stream,server=on,addr.type=unix,addr.path=/tmp/net0.sock");
/// // start QEMU with link.QemuArguments
/// </code></example>
public sealed class Pseudowire : IAsyncDisposable, IDisposable
{
    private readonly PseudowirePlan _plan;
    private readonly SequenceFile? _sequence;
    private readonly TunnelPlace _place;
    private Worker? _worker;
    private WorkerPair? _pair;
    private PseudowireHost? _host;
    private TaskCompletionSource _guestArrived = NewArrival();

    /// <param name="plan">What the user wants.</param>
    /// <param name="resolved">The same with addresses in place of names.</param>
    /// <param name="tunnels">Where its tunnel may be open already.</param>
    /// <param name="descriptors">Named descriptors that the front end may use.</param>
    /// <param name="log">Where events are told to a person.</param>
    /// <exception cref="UserErrorException">A socket or the sequence file cannot be opened.</exception>
    internal unsafe Pseudowire(PseudowirePlan plan, PseudowirePlan resolved, Tunnels tunnels, ListenDescriptors descriptors, IEventLog log)
    {
        _plan = plan;
        L2tpv3Options options = resolved.Netdev.Value;
        try
        {
            (_place, Tunnel) = Written.In(plan.Netdev.Origin, () => tunnels.Open(options, plan.Waits));
            if (options.Rfc3931Sequencing)
                _sequence = Written.In(plan.Netdev.Origin, () => SequenceFile.Open(options, SequenceFilePlace.Prepare(options, Environment.GetEnvironmentVariable), SequenceFile.CurrentBoot, log));
            Guest = Written.In(
                plan.Frontend.Origin,
                () => FrontendKeys.In(plan.Frontend.Value, () => descriptors.Open(resolved.Frontend.Value, frontend => GuestPort(frontend, plan.Id, log))));
        }
        catch
        {
            Tunnel?.Dispose();
            _sequence?.Dispose();
            throw;
        }

        Guest.Connected = OnConnected;
        Guest.Disconnected = OnDisconnected;
        if (Guest is DgramPort datagrams)
            datagrams.PresenceChanged = OnPresenceChanged;
        Decapsulator = new Decapsulator(options);
        Resequencer = Resequencer.IsWanted(options) ? new Resequencer(options) : null;
        IFrameStage[] tunnelToGuest = Resequencer is null ? [Decapsulator] : [Decapsulator, Resequencer];
        Link = new PseudowireLink(Guest, Tunnel, [new Encapsulator(options, _sequence is null ? null : _sequence.NextNumber)], tunnelToGuest, new DropReporter(log, options.Id, silent: [FrameVerdict.UnexpectedSource]), new DropReporter(log, options.Id, Tunnel), plan.Frontend.Value.PollMicroseconds);
    }

    /// <summary>Name of the netdev.</summary>
    public string Id => _plan.Id;

    /// <summary>What <c>-netdev l2tpv3</c> said.</summary>
    public L2tpv3Options Netdev => _plan.Netdev.Value;

    /// <summary>What <c>--frontend</c> said.</summary>
    public FrontendOptions Frontend => _plan.Frontend.Value;

    /// <summary>What QEMU is to be started with, as words for a POSIX shell: <c>-netdev … -device …</c>.</summary>
    public string QemuArguments => Options.QemuArguments.For(
        Frontend is { Address: InetFrontendAddress inet } && Guest.ListeningPort is { } port ? Frontend with { Address = inet with { Port = port.ToString(CultureInfo.InvariantCulture) } } : Frontend,
        Id);

    /// <summary>Frames from the guest; read at any time.</summary>
    public DirectionCounters GuestToTunnel => Link.GuestToTunnel;

    /// <summary>Frames to the guest; read at any time.</summary>
    public DirectionCounters TunnelToGuest => Link.TunnelToGuest;

    /// <summary>What arrived at its tunnel, which pseudowires with the same local address and port share, and why some of it was for none of them; read at any time.</summary>
    public DirectionCounters TunnelTotals => Tunnel.TunnelReceived;

    /// <summary>What the network said about our packets: a snapshot.</summary>
    public DatagramCounters Network => Tunnel.Counters;

    /// <summary>How the received numbers came; null without <c>counter</c>. Read at any time.</summary>
    public CounterStatistics? ReceivedNumbers => Resequencer?.CounterStatistics ?? Decapsulator.CounterStatistics;

    /// <summary>
    /// What it waits for, with the remedy: an address, an interface or a name that is not there yet. Frames are dropped as
    /// <see cref="FrameVerdict.TunnelNotReady"/> until then. Null: it waits for nothing. Read at any time.
    /// </summary>
    public string? WaitsFor => Tunnel.WaitsFor?.Message.Replace("\n", "; ", StringComparison.Ordinal);

    /// <summary>Whether a QEMU is connected.</summary>
    public bool IsGuestConnected => Guest.IsConnected;

    /// <summary>Connections of QEMU so far.</summary>
    public long Connections => Guest.Connections;

    /// <summary>Connections closed at once because another one stood.</summary>
    public long ConnectionsRefused => Guest.ConnectionsRefused;

    /// <summary>While false, frames of both directions are dropped as <see cref="FrameVerdict.LinkDown"/>.</summary>
    public bool IsLinkUp
    {
        get => Link.IsUp;
        set => Link.IsUp = value;
    }

    internal PseudowirePlan Plan => _plan;

    /// <summary>Called on a worker's thread when QEMU has connected.</summary>
    internal Action? Connected { get; set; }

    /// <summary>The same when QEMU has disconnected; the argument says whether another connection can follow.</summary>
    internal Action<bool>? Disconnected { get; set; }

    internal TunnelSession Tunnel { get; }

    internal IGuestPort Guest { get; }

    internal Decapsulator Decapsulator { get; }

    /// <summary>Null without <c>x-reorder-window</c>.</summary>
    internal Resequencer? Resequencer { get; }

    internal PseudowireLink Link { get; }

    /// <summary>Opens a pseudowire with a thread of its own; when the task completes QEMU can connect.</summary>
    /// <param name="netdev">The text of QEMU's <c>-netdev</c>, which begins with <c>l2tpv3,</c>, or its JSON form.</param>
    /// <param name="frontend">The text of <c>--frontend</c>; null: as the program has it.</param>
    /// <param name="log">Told what happens; null: nobody is.</param>
    /// <param name="cancellationToken">Gives up what takes time: looking up names.</param>
    /// <exception cref="UserErrorException">A text is wrong, or something cannot be opened; nothing is left behind.</exception>
    /// <exception cref="OperationCanceledException">It was given up; nothing is left behind.</exception>
    public static Task<Pseudowire> StartAsync(string netdev, string? frontend = null, IEventLog? log = null, CancellationToken cancellationToken = default)
    {
        log ??= new SilentLog();
        // Loading what a first call needs takes its time.
        return Task.Run(() => StartHereAsync(netdev, frontend, log, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Completes when a QEMU is connected, at once if one is; cancelled when the pseudowire is closed before. With datagrams, which have
    /// no connection, when QEMU was reached or heard of.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task WaitForGuestAsync(CancellationToken cancellationToken = default) => Volatile.Read(ref _guestArrived).Task.WaitAsync(cancellationToken);

    /// <summary>The numbers as lines for a person.</summary>
    public string DescribeStatistics() => StatisticsText.For(ReadNumbers());

    /// <summary>All its numbers now, each with what it means; any thread may ask, also after the pseudowire was closed.</summary>
    public Snapshot ReadNumbers() => Snapshot.Of(this);

    /// <summary>Closes everything; a listening socket's file is removed.</summary>
    public void Dispose()
    {
        if (_host is { } host)
            host.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => _host is { } host ? new ValueTask(Task.Run(host.Dispose)) : default;

    internal void AttachTo(WorkerPool pool) => _place.Worker = _worker = pool.Add(Link, _place.Worker);

    /// <summary>Each direction of its tunnel gets a worker that serves no other tunnel, but for those that may become one with it.</summary>
    internal void AttachToPair(bool start)
    {
        WorkerPair pair = _place.Pair ?? new WorkerPair(Id);
        try
        {
            pair.Add(Link);
        }
        catch
        {
            if (_place.Pair is null)
                pair.Dispose();
            throw;
        }

        _place.Pair = _pair = pair;
        if (start)
            Start();
    }

    /// <summary>Starts the workers that are its tunnel's own, if it has any.</summary>
    internal void Start() => _pair?.Start();

    /// <inheritdoc cref="PseudowireHost.Stop"/>
    internal void Stop() => _pair?.Stop();

    /// <summary>Leaves its workers, if it has any yet, and closes everything.</summary>
    internal void Close()
    {
        if (_pair is { Load: 1 })
            _pair.Dispose();
        else if (_pair is not null)
            _pair.Remove(Link);
        else if (_worker is not null)
            _worker.Remove(Link);
        else
            Link.Dispose();
        _sequence?.Dispose();
        _ = _guestArrived.TrySetCanceled();
    }

    private static async Task<Pseudowire> StartHereAsync(string netdev, string? frontend, IEventLog log, CancellationToken cancellationToken)
    {
        void Warn(string warning) => log.Write(EventLevel.Warning, warning);
        Written<L2tpv3Options> netdevOptions = Written.Parse("-netdev", netdev, NetdevParser.Parse, Warn);
        Written<FrontendOptions>[] frontends = frontend is null ? [] : [Written.Parse("--frontend", frontend, FrontendParser.Parse, Warn)];
        var host = new PseudowireHost(log);
        try
        {
            PseudowirePlan plan = PseudowirePlan.Match([netdevOptions], frontends, id => DefaultFrontend.For(id, ListenDescriptors.None))[0];
            Pseudowire pseudowire = await host.AddAsync(plan, cancellationToken).ConfigureAwait(false);
            pseudowire._host = host;
            host.Start();
            return pseudowire;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnConnected()
    {
        _ = _guestArrived.TrySetResult();
        Connected?.Invoke();
    }

    private void OnDisconnected(bool canFollow)
    {
        Volatile.Write(ref _guestArrived, NewArrival());
        Disconnected?.Invoke(canFollow);
    }

    private void OnPresenceChanged(bool isThere)
    {
        if (isThere)
            _ = _guestArrived.TrySetResult();
        else
            Volatile.Write(ref _guestArrived, NewArrival());
    }

    private static IGuestPort GuestPort(FrontendOptions frontend, string id, IEventLog log) => frontend.Kind == FrontendKind.VhostUser
        ? new VhostUserPort(frontend, id, log)
        : DgramPort.IsFor(frontend) ? new DgramPort(frontend, id, log) : new StreamPort(frontend, id, log);
}
