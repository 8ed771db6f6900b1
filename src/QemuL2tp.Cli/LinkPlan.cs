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
    public static List<LinkPlan> From(RunOptions commandLine, StderrLog log)
    {
        List<Written<L2tpv3Options>> netdevs =
        [
            .. commandLine.Netdevs.Select(text => Parse("-netdev", text, NetdevParser.Parse, log)),
            .. commandLine.Nets.Select((text, i) => Parse("-net", text, (t, warnings) => NetdevParser.ParseLegacyNet(t, warnings, $"net{i}"), log)),
        ];
        RequireDistinct(netdevs);

        List<Written<FrontendOptions>> frontends = [.. commandLine.Frontends.Select(text => Parse("--frontend", text, FrontendParser.Parse, log))];
        if (BackEndConventions.FrontendOf(commandLine) is { Origin: { } origin, Text: { } conventional })
            frontends.Add(Parse(origin, conventional));
        List<Written<FrontendOptions>?> taken = [.. netdevs.Select(netdev => Take(frontends, netdev.Value.Id, netdevs.Count))];
        if (frontends.Count > 0)
            throw Unmatched(frontends[0], [.. netdevs.Select(netdev => netdev.Value.Id)]);
        return [.. netdevs.Zip(taken, (netdev, frontend) => new LinkPlan(netdev, frontend ?? Default(netdev.Value.Id)))];
    }

    private static void RequireDistinct(List<Written<L2tpv3Options>> netdevs)
    {
        List<string> ids = [];
        foreach (Written<L2tpv3Options> netdev in netdevs)
        {
            ids.Add(netdev.Value.Id);
            Written.In(netdev.Origin, () => NetdevIds.RequireDistinct(ids));
        }
    }

    private static UserErrorException Unmatched(Written<FrontendOptions> frontend, string[] ids)
    {
        string what = frontend.Value.Id switch
        {
            null when ids.Length == 1 => $"the -netdev '{ids[0]}' has a front end already",
            null => "Parameter 'id' is missing",
            { } id when ids.Contains(id) => $"the -netdev '{id}' has a front end already",
            { } id => $"there is no -netdev '{id}'",
        };
        return new UserErrorException(
            $"{frontend.Origin}: {what}",
            $"Give each --frontend the id= of its own pseudowire; there is: {string.Join(", ", ids)}.");
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
        string text = $"stream,server=on,addr.type=unix,addr.path={OptsTokenizer.Escape(path)}";
        return Parse($"--frontend {text}", text);
    }

    /// <summary>A front end whose text is our own.</summary>
    private static Written<FrontendOptions> Parse(string origin, string text) => new(origin, Written.In(origin, () => FrontendParser.Parse(text, [])));
}
