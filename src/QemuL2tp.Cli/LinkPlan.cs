using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>One pseudowire as the command line wants it.</summary>
/// <param name="Netdev">Its options.</param>
/// <param name="Frontend">Where QEMU connects.</param>
internal sealed record LinkPlan(Written<L2tpv3Options> Netdev, Written<FrontendOptions> Frontend)
{
    public string Id => Netdev.Value.Id;

    /// <summary>Parses every option text and gives each pseudowire its front end.</summary>
    /// <exception cref="UserErrorException">Something is wrong; the message begins with the option it is about.</exception>
    public static List<LinkPlan> From(CommandLineOptions commandLine, StderrLog log)
    {
        List<Written<L2tpv3Options>> netdevs =
        [
            .. commandLine.Netdevs.Select(text => Parse("-netdev", text, NetdevParser.Parse, log)),
            .. commandLine.Nets.Select((text, i) => Parse("-net", text, (t, warnings) => NetdevParser.ParseLegacyNet(t, warnings, $"net{i}"), log)),
        ];
        NetdevIds.RequireDistinct(netdevs.Select(netdev => netdev.Value.Id));

        List<Written<FrontendOptions>> frontends = [.. commandLine.Frontends.Select(text => Parse("--frontend", text, FrontendParser.Parse, log))];
        List<LinkPlan> plans = [.. netdevs.Select(netdev => new LinkPlan(netdev, Take(frontends, netdev.Value.Id, netdevs.Count) ?? Default(netdev.Value.Id)))];
        if (frontends.Count > 0)
        {
            string ids = string.Join(", ", netdevs.Select(netdev => netdev.Value.Id));
            throw new UserErrorException(
                frontends[0].Value.Id is { } id ? $"--frontend with id={id} has no -netdev of that id" : "--frontend cannot be matched to a -netdev",
                $"Give each --frontend the id= of its own pseudowire; there is: {ids}.");
        }

        return plans;
    }

    private static Written<T> Parse<T>(string option, string text, Func<string, ICollection<string>, T> parse, StderrLog log)
    {
        string origin = $"{option} {text}";
        List<string> warnings = [];
        try
        {
            return new Written<T>(origin, Written.In(origin, () => parse(text, warnings)));
        }
        finally
        {
            foreach (string warning in warnings)
                log.WarnAbout(origin, warning);
        }
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

    private static Written<FrontendOptions> Default(string id)
    {
        string path = Path.Combine(DefaultSocketDirectory.Path, id.Replace('/', '_') + ".sock");
        string text = $"stream,server=on,addr.type=unix,addr.path={path.Replace(",", ",,", StringComparison.Ordinal)}";
        string origin = $"--frontend {text}";
        return new Written<FrontendOptions>(origin, Written.In(origin, () => FrontendParser.Parse(text, [])));
    }
}
