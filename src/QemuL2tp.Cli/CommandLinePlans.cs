using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>The pseudowires that the command line itself asks for.</summary>
internal static class CommandLinePlans
{
    /// <param name="commandLine">The command line.</param>
    /// <param name="fallback">The front end of a pseudowire that has none.</param>
    /// <param name="log">Where warnings go.</param>
    /// <exception cref="UserErrorException">Something is wrong; the message begins with the option it is about.</exception>
    public static List<PseudowirePlan> From(RunOptions commandLine, Func<string, Written<FrontendOptions>> fallback, StderrLog log)
    {
        List<Written<L2tpv3Options>> netdevs = NetdevArguments.Parse(commandLine.Netdevs, commandLine.Nets, log);
        List<Written<FrontendOptions>> frontends = [.. commandLine.Frontends.Select(text => Written.Parse("--frontend", text, FrontendParser.Parse, log.Warn))];
        if (BackEndConventions.FrontendOf(commandLine) is { Origin: { } origin, Text: { } conventional })
            frontends.Add(new Written<FrontendOptions>(origin, Written.In(origin, () => FrontendParser.Parse(conventional, []))));
        return PseudowirePlan.Match(netdevs, frontends, fallback);
    }
}
