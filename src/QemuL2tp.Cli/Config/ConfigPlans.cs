using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Config;

/// <summary>The pseudowires that configuration files ask for, or everything that is wrong with them.</summary>
internal static class ConfigPlans
{
    /// <param name="files">Names of the files.</param>
    /// <param name="fallback">The front end of a pseudowire that has none.</param>
    /// <param name="warn">Told what is accepted but doubtful.</param>
    /// <param name="mistakes">Everything that is wrong, in the order of the lines; when it is not empty, the plans are not to be used.</param>
    public static List<PseudowirePlan> From(IEnumerable<string> files, Func<string, Written<FrontendOptions>> fallback, Action<string> warn, out List<ConfigMistake> mistakes)
    {
        (IReadOnlyList<ConfigLine> lines, IReadOnlyList<ConfigMistake> unread) = ConfigReader.Read(files);
        List<ConfigMistake> found = [.. unread];
        Dictionary<string, ConfigLine> places = [];
        List<Written<L2tpv3Options>> netdevs = [];
        List<Written<FrontendOptions>> frontends = [];
        foreach (ConfigLine line in lines)
        {
            places[Origin(line)] = line;
            if (line.IsFrontend)
                Parse(line, FrontendParser.Parse, frontends, found, warn);
            else
                Parse(line, NetdevParser.Parse, netdevs, found, warn);
        }

        // What belongs to a line that is wrong itself is not to blame.
        string?[] wrong = [.. lines.Where(line => !line.IsFrontend && !netdevs.Exists(netdev => netdev.Origin == Origin(line))).Select(line => NetdevParser.FindId(line.Text))];
        frontends.RemoveAll(frontend => frontend.Value.Id is { } id
            ? wrong.Contains(id) || (wrong.Contains(null) && !netdevs.Exists(netdev => netdev.Value.Id == id))
            : wrong.Length > 0);
        List<PseudowirePlan> plans = PseudowirePlan.Match(netdevs, frontends, fallback, (origin, error) => found.Add(ConfigMistake.In(places[origin], 0, error)));
        int[] order = [.. found.Select(mistake => IndexOf(mistake, lines))];
        mistakes = [.. found.Zip(order).OrderBy(each => each.Second).ThenBy(each => each.First.Line).ThenBy(each => each.First.Column).Select(each => each.First)];
        return plans.ConvertAll(plan => plan with { WaitsByDefault = true });
    }

    private static void Parse<T>(ConfigLine line, Func<string, ICollection<string>, T> parse, List<Written<T>> values, List<ConfigMistake> mistakes, Action<string> warn)
    {
        List<(int Offset, UserErrorException Error)> found = OptionMistakes.Find(line.Text, text => parse(text, []));
        if (found.Count == 0)
            values.Add(Written.Parse(line.Place, line.Text, parse, warn));
        mistakes.AddRange(found.Select(mistake => ConfigMistake.In(line, mistake.Offset, mistake.Error)));
    }

    private static string Origin(ConfigLine line) => $"{line.Place} {line.Text}";

    private static int IndexOf(ConfigMistake mistake, IReadOnlyList<ConfigLine> lines) =>
        lines.TakeWhile(line => line.File != mistake.File || line.Number < mistake.Line).Count();
}
