using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Config;

/// <summary>The pseudowires that come from configuration files, and how they follow the files when those change.</summary>
/// <param name="files">Names of the files.</param>
/// <param name="host">Has these and others.</param>
/// <param name="fallback">The front end of a pseudowire that has none.</param>
/// <param name="log">Where it is told what was done.</param>
internal sealed class Configuration(IReadOnlyList<string> files, PseudowireHost host, Func<string, Written<FrontendOptions>> fallback, StderrLog log)
{
    private readonly Lock _lock = new();
    private Dictionary<string, PseudowirePlan> _plans = [];

    /// <summary>Opens all of them.</summary>
    /// <exception cref="UserErrorException">The files have mistakes, all of which the message tells, or something cannot be opened.</exception>
    public void Load()
    {
        lock (_lock)
        {
            List<PseudowirePlan> plans = Read(out List<ConfigMistake> mistakes);
            if (mistakes.Count > 0)
                throw new UserErrorException(string.Join('\n', mistakes));
            foreach (PseudowirePlan plan in plans)
                _ = host.Add(plan);
            _plans = plans.ToDictionary(plan => plan.Id);
        }
    }

    /// <summary>
    /// Reads the files again. Pseudowires that are as before are not touched; those that are gone are closed, new ones are
    /// opened, changed ones are closed and opened. Files with mistakes change nothing.
    /// </summary>
    public void Reload()
    {
        lock (_lock)
        {
            Dictionary<string, PseudowirePlan> wanted = Read(out List<ConfigMistake> mistakes).ToDictionary(plan => plan.Id);
            if (mistakes.Count > 0)
            {
                log.Write(EventLevel.Error, $"the configuration has mistakes and is not used; everything stays as it was\n{string.Join('\n', mistakes)}");
                return;
            }

            // The control socket may have removed some, and put others of the same name in their place.
            _plans = _plans.Where(plan => host.Find(plan.Key)?.Plan == plan.Value).ToDictionary();
            int before = _plans.Count;
            string[] gone = [.. _plans.Values.Where(old => !wanted.TryGetValue(old.Id, out PseudowirePlan? now) || !now.IsSameAs(old)).Select(old => old.Id)];
            foreach (string id in gone)
                Remove(id);
            PseudowirePlan[] coming = [.. wanted.Values.Where(plan => !_plans.ContainsKey(plan.Id))];
            int opened = coming.Count(Add);
            log.Write(EventLevel.Info, $"the configuration was read again: {before - gone.Length} unchanged, {gone.Length} closed, {opened} opened{(opened < coming.Length ? $", {coming.Length - opened} failed" : "")}");
        }
    }

    private List<PseudowirePlan> Read(out List<ConfigMistake> mistakes)
    {
        try
        {
            return ConfigPlans.From(files, fallback, log.Warn, out mistakes);
        }
        catch (UserErrorException e) // The fallback's.
        {
            mistakes = [new ConfigMistake(files[0], 0, 0, e.Problem, e.Remedy)];
            return [];
        }
    }

    private void Remove(string id)
    {
        _plans.Remove(id);
        _ = host.Remove(id);
    }

    private bool Add(PseudowirePlan plan)
    {
        try
        {
            _ = host.Add(plan);
            _plans[plan.Id] = plan;
            return true;
        }
        catch (UserErrorException e)
        {
            log.Write(EventLevel.Error, e.Message);
            return false;
        }
    }
}
