using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>The pseudowires of a command line.</summary>
internal static class NetdevArguments
{
    /// <summary>Parses every <c>-netdev</c>, then every <c>-net</c>.</summary>
    /// <exception cref="UserErrorException">Something is wrong; the message begins with the option it is about.</exception>
    public static List<Written<L2tpv3Options>> Parse(IEnumerable<string> netdevs, IEnumerable<string> nets, StderrLog log) =>
    [
        .. netdevs.Select(text => Written.Parse("-netdev", text, NetdevParser.Parse, log.Warn)),
        .. nets.Select((text, i) => Written.Parse("-net", text, (t, warnings) => NetdevParser.ParseLegacyNet(t, warnings, $"net{i}"), log.Warn)),
    ];
}
