using QemuL2tp.Options;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Hosting;

/// <summary>One pseudowire as the user wants it.</summary>
/// <param name="Netdev">Its options.</param>
/// <param name="Frontend">Where QEMU connects.</param>
internal sealed record PseudowirePlan(Written<L2tpv3Options> Netdev, Written<FrontendOptions> Frontend)
{
    public string Id => Netdev.Value.Id;

    /// <summary>Whether an address, an interface or a name that is not there yet is waited for, unless <c>x-wait</c> says otherwise.</summary>
    public bool WaitsByDefault { get; init; }

    /// <summary>Whether it is waited for.</summary>
    public bool Waits => Netdev.Value.Waits ?? WaitsByDefault;

    /// <summary>Whether both would do the same; how they are written, and whether the front end says whose it is, does not matter.</summary>
    public bool IsSameAs(PseudowirePlan other) =>
        Netdev.Value == other.Netdev.Value && Frontend.Value with { Id = null } == other.Frontend.Value with { Id = null };

    /// <summary>Gives each pseudowire its front end.</summary>
    /// <param name="netdevs">The pseudowires.</param>
    /// <param name="frontends">Those that name a pseudowire, or the one without a name when there is only one pseudowire.</param>
    /// <param name="fallback">The front end of a pseudowire that has none here.</param>
    /// <param name="report">Told of each that is left over or there twice: how it is written, and what is wrong.</param>
    public static List<PseudowirePlan> Match(
        IReadOnlyList<Written<L2tpv3Options>> netdevs,
        IReadOnlyCollection<Written<FrontendOptions>> frontends,
        Func<string, Written<FrontendOptions>> fallback,
        Action<string, UserErrorException> report)
    {
        Dictionary<string, Written<FrontendOptions>?> taken = [];
        List<Written<L2tpv3Options>> distinct = [];
        List<Written<FrontendOptions>> left = [.. frontends];
        foreach (Written<L2tpv3Options> netdev in netdevs)
        {
            string id = netdev.Value.Id;
            if (taken.ContainsKey(id))
            {
                report(netdev.Origin, NetdevIds.Duplicate(id));
                continue;
            }

            if (distinct.Select(other => LocalPort.FindConflict(netdev.Value, other.Value)).FirstOrDefault(each => each is not null) is { } conflict)
                report(netdev.Origin, conflict);
            foreach (UserErrorException mistake in TunnelEnd.FindMistakes(netdev.Value))
                report(netdev.Origin, mistake);
            if (Zones.FindMissing(netdev.Value) is { } missing)
                report(netdev.Origin, missing);
            taken.Add(id, Take(left, id, netdevs.Count));
            distinct.Add(netdev);
        }

        foreach (Written<FrontendOptions> frontend in left)
            report(frontend.Origin, Unmatched(frontend.Value, [.. netdevs.Select(netdev => netdev.Value.Id).Distinct()]));
        List<PseudowirePlan> plans = [.. distinct.Select(netdev => new PseudowirePlan(netdev, taken[netdev.Value.Id] ?? fallback(netdev.Value.Id)))];
        foreach (PseudowirePlan plan in plans.Where(plan => taken[plan.Id] is null))
        {
            if (DefaultFrontend.FindMistake(plan.Frontend.Value) is { } mistake)
                report(plan.Netdev.Origin, mistake);
        }

        return plans;
    }

    /// <inheritdoc cref="Match(IReadOnlyList{Written{L2tpv3Options}}, IReadOnlyCollection{Written{FrontendOptions}}, Func{string, Written{FrontendOptions}}, Action{string, UserErrorException})"/>
    /// <exception cref="UserErrorException">Something is left over or there twice; the message begins with the option it is about.</exception>
    public static List<PseudowirePlan> Match(
        IReadOnlyList<Written<L2tpv3Options>> netdevs,
        IReadOnlyCollection<Written<FrontendOptions>> frontends,
        Func<string, Written<FrontendOptions>> fallback) =>
        Match(netdevs, frontends, fallback, (origin, error) => Written.In(origin, () => throw error));

    private static UserErrorException Unmatched(FrontendOptions frontend, string[] ids)
    {
        string what = frontend.Id switch
        {
            null when ids.Length == 1 => $"the -netdev '{ids[0]}' has a front end already",
            null => "Parameter 'id' is missing",
            { } id when ids.Contains(id) => $"the -netdev '{id}' has a front end already",
            { } id => $"there is no -netdev '{id}'",
        };
        return new UserErrorException(what, $"Give each --frontend the id= of its own pseudowire; there is: {(ids.Length == 0 ? "none" : string.Join(", ", ids))}.") { Option = "id", Value = frontend.Id };
    }

    /// <summary>A front end that names this pseudowire, or the one without a name when there is only one pseudowire.</summary>
    private static Written<FrontendOptions>? Take(List<Written<FrontendOptions>> frontends, string id, int pseudowires)
    {
        int index = frontends.FindIndex(frontend => frontend.Value.Id == id || (frontend.Value.Id is null && pseudowires == 1));
        if (index < 0)
            return null;
        Written<FrontendOptions> found = frontends[index];
        frontends.RemoveAt(index);
        return found;
    }
}
