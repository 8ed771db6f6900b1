using System.Net;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Hosting;

/// <summary>The host names in a plan. Once they are looked up, opening its pseudowire waits for nobody.</summary>
/// <param name="lookup">Looks them up.</param>
/// <param name="patienceMilliseconds">A name server that is silent for so long keeps nobody waiting who can go on without.</param>
internal sealed class PlanNames(NameLookup lookup, int patienceMilliseconds = 5000)
{
    /// <returns>The same plan with addresses; at once when it has no names.</returns>
    /// <exception cref="UserErrorException">A name has no address; the message begins with the option.</exception>
    public Task<PseudowirePlan> ResolveAsync(PseudowirePlan plan, CancellationToken cancellationToken) =>
        // The way that most programs start on: what the other one needs compiled takes them some milliseconds.
        !HasNames(plan.Netdev.Value) && plan.Frontend.Value.Address is (UnixFrontendAddress or FdFrontendAddress)
            ? Task.FromResult(plan)
            : LookUpAsync(plan, cancellationToken);

    private async Task<PseudowirePlan> LookUpAsync(PseudowirePlan plan, CancellationToken cancellationToken)
    {
        L2tpv3Options netdev = await ResolveAsync(plan.Netdev, plan.Waits, knownDestination: null, cancellationToken).ConfigureAwait(false);
        FrontendAddress frontend = await Written.InAsync(plan.Frontend.Origin, () => ResolveAsync(plan.Frontend.Value, cancellationToken)).ConfigureAwait(false);
        return plan with
        {
            Netdev = plan.Netdev with { Value = netdev },
            Frontend = plan.Frontend with { Value = plan.Frontend.Value with { Address = frontend } },
        };
    }

    /// <summary>Whether there are names in <c>src</c> or <c>dst</c>.</summary>
    public static bool HasNames(L2tpv3Options options) => IsName(options.Source) || IsName(options.Destination);

    /// <summary>Whether a text is no address in numbers, with a zone or without.</summary>
    public static bool IsName(string host) => !IPAddress.TryParse(host.Split('%')[0], out _);

    /// <summary>The same for a pseudowire without its front end.</summary>
    /// <param name="netdev">The pseudowire.</param>
    /// <param name="waits">A name without an address, or with a silent name server, stays as it is; otherwise it is an error, or takes its time.</param>
    /// <param name="knownDestination">The address of <c>dst</c> until now: it stays while it is one of the name's, or the name has none.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="UserErrorException">As above.</exception>
    public Task<L2tpv3Options> ResolveAsync(Written<L2tpv3Options> netdev, bool waits, string? knownDestination, CancellationToken cancellationToken) =>
        Written.InAsync(netdev.Origin, () => ResolveAsync(netdev.Value, waits, knownDestination, cancellationToken));

    private async Task<L2tpv3Options> ResolveAsync(L2tpv3Options options, bool waits, string? knownDestination, CancellationToken cancellationToken)
    {
        if (TunnelEnd.FindMistakes(options).FirstOrDefault() is { } mistake)
            throw mistake;
        addrinfo hints = new()
        {
            ai_family = options.IPv6 ? AF_INET6 : AF_INET,
            ai_socktype = options.Udp ? SOCK_DGRAM : SOCK_RAW,
            ai_protocol = options.Udp ? 0 : IPPROTO_L2TP,
        };
        string source = await FirstAsync(options.Source, options.SourcePort, hints, null, error => TunnelEnd.Source(options).Unresolved(error), waits, cancellationToken).ConfigureAwait(false);
        string destination = await FirstAsync(options.Destination, options.DestinationPort, hints, knownDestination, error => TunnelEnd.Destination(options).Unresolved(error), waits, cancellationToken).ConfigureAwait(false);
        return options with { Source = source, Destination = destination };
    }

    private async Task<FrontendAddress> ResolveAsync(FrontendOptions frontend, CancellationToken cancellationToken)
    {
        try
        {
            return await ResolveAsync(frontend.Address, cancellationToken).ConfigureAwait(false);
        }
        catch (UserErrorException e)
        {
            throw FrontendKeys.Translate(frontend, e);
        }
    }

    private async Task<FrontendAddress> ResolveAsync(FrontendAddress address, CancellationToken cancellationToken) => address switch
    {
        InetFrontendAddress inet => await ResolveAsync(inet, StreamAddress.HintsFor(inet), StreamAddress.Unresolved, cancellationToken).ConfigureAwait(false),
        DatagramFrontendAddress { Local: InetFrontendAddress local, Remote: InetFrontendAddress remote } => new DatagramFrontendAddress(
            await ResolveDatagramAsync("local", local, cancellationToken).ConfigureAwait(false),
            await ResolveDatagramAsync("remote", remote, cancellationToken).ConfigureAwait(false)),
        MulticastFrontendAddress multicast => multicast with
        {
            Group = await ResolveDatagramAsync("remote", multicast.Group, cancellationToken).ConfigureAwait(false),
            LocalHost = multicast.LocalHost is { } host ? await ResolveInterfaceAsync(multicast.Group with { Host = host }, cancellationToken).ConfigureAwait(false) : null,
        },
        _ => address,
    };

    private async Task<string> ResolveInterfaceAsync(InetFrontendAddress local, CancellationToken cancellationToken) =>
        (await ResolveDatagramAsync("local", local, cancellationToken).ConfigureAwait(false)).Addresses?[0] ?? local.Host;

    private Task<InetFrontendAddress> ResolveDatagramAsync(string end, InetFrontendAddress inet, CancellationToken cancellationToken) =>
        ResolveAsync(inet, new addrinfo { ai_family = AF_INET, ai_socktype = SOCK_DGRAM }, (address, error) => InetSocket.Unresolved(end, address, error), cancellationToken);

    private async Task<InetFrontendAddress> ResolveAsync(InetFrontendAddress inet, addrinfo hints, Func<InetFrontendAddress, string, UserErrorException> unresolved, CancellationToken cancellationToken)
    {
        if (inet.Host.Length == 0)
            return inet;
        (string[]? addresses, string error) = await lookup.FindAsync(inet.Host, inet.Port, hints, cancellationToken).ConfigureAwait(false);
        return addresses is { Length: 0 } ? throw unresolved(inet, error) : inet with { Addresses = addresses };
    }

    /// <summary>The address that is known, or the first, as QEMU takes it.</summary>
    private async Task<string> FirstAsync(string host, string? port, addrinfo hints, string? known, Func<string, UserErrorException> unresolved, bool waits, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (waits)
            patience.CancelAfter(patienceMilliseconds);
        try
        {
            (string[]? addresses, string error) = await lookup.FindAsync(host, port, hints, patience.Token).ConfigureAwait(false);
            return addresses switch
            {
                null => host,
                [] when waits && unresolved(error).IsNotThereYet => known ?? host,
                [] => throw unresolved(error),
                [string first, ..] => known is not null && addresses.Contains(known) ? known : first,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return known ?? host;
        }
    }
}
