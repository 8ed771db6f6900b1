using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Config;

/// <summary>The pseudowires that come from configuration files, and how they follow the files when those change.</summary>
/// <param name="files">Names of the files.</param>
/// <param name="host">Has these and others.</param>
/// <param name="fallback">The front end of a pseudowire that has none.</param>
/// <param name="log">Where it is told what was done.</param>
/// <param name="announce">Told of each pseudowire that a reload has opened.</param>
/// <param name="end">Gives up what is not open yet.</param>
internal sealed class Configuration(IReadOnlyList<string> files, PseudowireHost host, Func<string, Written<FrontendOptions>> fallback, StderrLog log, Action<Pseudowire> announce, CancellationToken end = default)
{
    private readonly Lock _lock = new();

    /// <summary>The newest reload: one at a time, and no thread waits for its turn.</summary>
    private Task _newest = Task.CompletedTask;
    private Dictionary<string, PseudowirePlan> _plans = [];

    /// <summary>
    /// Opens them. One that cannot be opened now is no reason for the others not to be; it is told, and the next reload tries it
    /// again.
    /// </summary>
    /// <exception cref="UserErrorException">The files have mistakes, all of which the message tells, or nothing at all can be opened.</exception>
    /// <exception cref="OperationCanceledException">The end has begun.</exception>
    public void Load()
    {
        List<PseudowirePlan> plans = Read(out List<ConfigMistake> mistakes);
        if (mistakes.Count > 0)
            throw new UserErrorException(string.Join('\n', mistakes));
        foreach (PseudowirePlan plan in plans)
            Written.In(plan.Netdev.Origin, () => NetdevIds.RequireDistinct([.. host.All.Select(open => open.Id), plan.Id]));
        int opened = OpenAsync(plans).GetAwaiter().GetResult().Count;
        end.ThrowIfCancellationRequested();
        if (opened < plans.Count && host.All.Count == 0)
            throw new UserErrorException($"none of the {plans.Count} pseudowires of {string.Join(", ", files)} can be opened now", "Change what is told above, in the files of --config or on this host, and start again.")
            {
                Option = "--config",
                Value = string.Join(", ", files),
            };
        if (opened < plans.Count)
            log.Write(EventLevel.Warning, $"{plans.Count - opened} of {plans.Count} pseudowires are not open; SIGHUP tries them again");
    }

    /// <summary>
    /// Reads the files again. Pseudowires that are as before are not touched; those that are gone are closed, new ones are
    /// opened, changed ones are closed and opened. Files with mistakes change nothing.
    /// </summary>
    /// <param name="began">Called when its turn has come.</param>
    /// <param name="ended">Called when everything is done or has failed.</param>
    public Task ReloadAsync(Action began, Action ended)
    {
        lock (_lock)
            return _newest = ReloadAsync(_newest, began, ended);
    }

    private async Task ReloadAsync(Task previous, Action began, Action ended)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        began();
        await ReloadAsync();
        ended();
    }

    private async Task ReloadAsync()
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
        List<Pseudowire> opened = await OpenAsync(coming);
        opened.ForEach(announce);
        log.Write(EventLevel.Info, $"the configuration was read again: {before - gone.Length} unchanged, {gone.Length} closed, {opened.Count} opened{(opened.Count < coming.Length ? $", {coming.Length - opened.Count} failed" : "")}");
    }

    private List<PseudowirePlan> Read(out List<ConfigMistake> mistakes)
    {
        try
        {
            return ConfigPlans.From(files, fallback, log.Warn, out mistakes);
        }
        catch (UserErrorException e) // The fallback's.
        {
            mistakes = [new ConfigMistake(files[0], 0, 0, e.Problem, e.RemedyLine)];
            return [];
        }
    }

    private void Remove(string id)
    {
        _plans.Remove(id);
        _ = host.Remove(id);
    }

    /// <summary>Opens pseudowires side by side: one whose name nobody knows keeps none of the others waiting.</summary>
    /// <returns>Those that are open.</returns>
    private async Task<List<Pseudowire>> OpenAsync(IReadOnlyList<PseudowirePlan> plans)
    {
        List<Pseudowire> opened = [.. (await Task.WhenAll(plans.Select(TryOpenAsync))).OfType<Pseudowire>()];
        foreach (Pseudowire pseudowire in opened)
            _plans[pseudowire.Id] = pseudowire.Plan;
        return opened;
    }

    private async Task<Pseudowire?> TryOpenAsync(PseudowirePlan plan)
    {
        try
        {
            return await host.AddAsync(plan, end);
        }
        catch (UserErrorException e)
        {
            log.Write(EventLevel.Error, e.Message);
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
