using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Hosting;

/// <summary>
/// Finds what would keep the tunnels of pseudowires from being opened: opens all of their sockets, as <see cref="PseudowireHost"/>
/// does, and closes them again. No frame is carried, no file is created.
/// </summary>
internal static class PlanCheck
{
    /// <param name="plans">The pseudowires.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="log">Where warnings go.</param>
    /// <exception cref="UserErrorException">One cannot be opened.</exception>
    public static void Require(IEnumerable<PseudowirePlan> plans, Func<string, string?> variable, IEventLog log)
    {
        var tunnels = new Tunnels(log);
        var names = new PlanNames(new NameLookup());
        List<IDisposable> open = [];
        try
        {
            foreach (PseudowirePlan plan in plans)
            {
                L2tpv3Options options = names.ResolveAsync(plan.Netdev, plan.Waits, knownDestination: null, CancellationToken.None).GetAwaiter().GetResult();
                Written.In(plan.Netdev.Origin, Headroom.Require);
                try
                {
                    open.Add(Written.In(plan.Netdev.Origin, () => tunnels.Open(options).Session));
                }
                catch (UserErrorException e) when (e.IsNotThereYet && (plan.Waits || IPv6Table.IsListed(options.Source, out _)))
                {
                    // It will be waited for.
                }

                if (options.Rfc3931Sequencing && Written.In(plan.Netdev.Origin, () => SequenceFile.Lock(SequenceFilePlace.For(options, variable, Environment.IsPrivilegedProcess))) is { } file)
                    open.Add(file);
            }
        }
        finally
        {
            open.ForEach(each => each.Dispose());
        }
    }
}
