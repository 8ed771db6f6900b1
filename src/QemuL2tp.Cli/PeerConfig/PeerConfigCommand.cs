using QemuL2tp.Cli.Commands;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Peers;
using QemuL2tp.Peers.Reading;

namespace QemuL2tp.Cli.PeerConfig;

/// <summary>Prints what the other end has to be told, or our end from what the other one was told.</summary>
internal static class PeerConfigCommand
{
    private const int LargestMtu = 65535;

    /// <returns>The exit status.</returns>
    /// <exception cref="UserErrorException">The peer cannot be told that, or its text cannot be read.</exception>
    public static int Run(PeerConfigOptions commandLine)
    {
        if (FindMistake(commandLine) is { } mistake)
            return HelpScreen.WrongUsage(CommandTable.PeerConfig, mistake);
        var log = new StderrLog(EventLevel.Warning);
        IEnumerable<string> lines = commandLine.From is { } file ? OurEnd(file, log) : OtherEnd(commandLine, log);
        // All of it or nothing: half a configuration is worse than none.
        Stdout.WriteLine(string.Join('\n', [.. lines]));
        return 0;
    }

    private static string? FindMistake(PeerConfigOptions commandLine)
    {
        int pseudowires = commandLine.Netdevs.Concat(commandLine.Nets).Count();
        if (commandLine.From is not null)
        {
            (string Option, bool IsGiven)[] others =
            [
                ("-netdev", commandLine.Netdevs.Any()),
                ("-net", commandLine.Nets.Any()),
                ("--for", commandLine.For is not null),
                ("--mtu", commandLine.Mtu is not null),
                ("--name", commandLine.Name is not null),
            ];
            return others.FirstOrDefault(other => other.IsGiven) is { Option: { } option }
                ? $"--from and {option} exclude one another: --from prints our end, {option} is about the other one"
                : null;
        }

        if (pseudowires == 0)
            return "no pseudowire: -netdev l2tpv3,... is missing; for the other way --from FILE";
        if (commandLine.Name is not null && pseudowires > 1)
            return "--name is for a single pseudowire: leave it out, and each is named by its id or number";
        return commandLine.Mtu > LargestMtu ? $"--mtu '{commandLine.Mtu}' is too large: write a number up to {LargestMtu}" : null;
    }

    private static IEnumerable<string> OtherEnd(PeerConfigOptions commandLine, StderrLog log)
    {
        string name = commandLine.For?.ToLowerInvariant() ?? PeerTable.Rows[0].Name;
        Peer peer = PeerTable.Rows.First(row => row.Name == name);
        List<Written<L2tpv3Options>> netdevs = NetdevArguments.Parse(commandLine.Netdevs, commandLine.Nets, log);
        NetdevIds.RequireDistinct(netdevs.Select(netdev => netdev.Value.Id));
        List<PeerRequest> requests = [];
        return netdevs.SelectMany(netdev =>
        {
            var request = new PeerRequest(netdev.Value) { InterfaceName = commandLine.Name, Position = requests.Count, Earlier = [.. requests] };
            request = commandLine.Mtu is { } mtu ? request with { OuterMtu = mtu } : request;
            requests.Add(request);
            return Written.In(netdev.Origin, () => peer.Write(request));
        });
    }

    private static IEnumerable<string> OurEnd(string file, StderrLog log) =>
        Written.Parse("--from", file, (_, warnings) => PeerConfigReader.Read(PeerConfigFile.Read(file), warnings), log.Warn).Value
            .Select(options => $"-netdev {ShellWord.Quote(NetdevWriter.Write(options))}");
}
