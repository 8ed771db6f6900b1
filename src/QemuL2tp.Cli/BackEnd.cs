using QemuL2tp.Cli.Commands;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>The life of the process: open everything, say that it is ready, wait for a reason to end, clean up.</summary>
internal static class BackEnd
{
    /// <returns>The exit status.</returns>
    /// <exception cref="UserErrorException">What the user wants cannot be done.</exception>
    public static int Run(RunOptions commandLine)
    {
        if (!commandLine.Netdevs.Any() && !commandLine.Nets.Any())
            return HelpScreen.WrongUsage(CommandTable.Default, "no pseudowire: -netdev l2tpv3,... is missing");
        if (BackEndConventions.FindMistake(commandLine) is { } mistake)
            return HelpScreen.WrongUsage(CommandTable.Default, mistake);
        var log = new StderrLog(commandLine.LogLevel);
        List<RunningLink> links = [];
        try
        {
            if (commandLine.ReadyDescriptor is { } descriptor)
                InheritedDescriptor.Require("--ready-fd", descriptor);
            var end = new EndOfRun(commandLine);
            List<LinkPlan> plans = LinkPlan.From(commandLine, log);
            foreach (LinkPlan plan in plans)
                links.Add(new RunningLink(plan, log, commandLine.Threads));
            end.Follow(links);
            Signals.On(Signals.Usr1, () => PrintStatistics(links));
            using PidFile? pidFile = commandLine.PidFile is { } path ? new PidFile(path) : null;
            foreach (RunningLink link in links)
                link.Start();
            foreach (LinkPlan plan in plans)
                Announce(plan, log);
            Readiness.Tell(commandLine.ReadyDescriptor);
            end.Wait();
            Readiness.TellStopping();
            foreach (RunningLink link in links)
                link.Stop();
            PrintStatistics(links);
            return 0;
        }
        finally
        {
            foreach (RunningLink link in links)
                link.Dispose();
        }
    }

    private static void PrintStatistics(List<RunningLink> links)
    {
        foreach (RunningLink link in links)
            Stderr.Write(StatisticsText.For(link));
    }

    private static void Announce(LinkPlan plan, IEventLog log)
    {
        FrontendOptions frontend = plan.Frontend.Value;
        bool isVhostUser = frontend.Kind == FrontendKind.VhostUser;
        log.Write(EventLevel.Info, $"{plan.Id}: ready; start QEMU with{(isVhostUser ? $" {QemuArguments.SharedMemory} (SIZE as in -m) and" : "")}:");
        Stdout.WriteLine(QemuArguments.For(frontend, plan.Id));
        if (isVhostUser && frontend.Server)
            log.Write(EventLevel.Info, $"{plan.Id}: from QEMU 10.2 on, write reconnect-ms=1000 in place of reconnect=1");
    }
}
