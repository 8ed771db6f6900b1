using QemuL2tp.Cli.Commands;
using QemuL2tp.Cli.Config;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>The life of the process: open everything, say that it is ready, wait for a reason to end, clean up.</summary>
internal static class BackEnd
{
    /// <returns>The exit status.</returns>
    /// <exception cref="UserErrorException">What the user wants cannot be done.</exception>
    public static int Run(RunOptions commandLine)
    {
        if (!commandLine.CanGrow && !commandLine.Netdevs.Any() && !commandLine.Nets.Any())
            return HelpScreen.WrongUsage(CommandTable.Default, "no pseudowire: -netdev l2tpv3,... is missing");
        if (BackEndConventions.FindMistake(commandLine) is { } mistake)
            return HelpScreen.WrongUsage(CommandTable.Default, mistake);
        var log = new StderrLog(commandLine.LogLevel);
        if (commandLine.ReadyDescriptor is { } descriptor)
            InheritedDescriptor.Require("--ready-fd", descriptor);
        var end = new EndOfRun(commandLine);
        end.Watch();
        ListenDescriptors descriptors = ListenDescriptors.Take();
        Written<FrontendOptions> Fallback(string id) => DefaultFrontend.For(id, descriptors);
        using var host = new PseudowireHost(log, commandLine.Threads, descriptors);
        var ready = new TaskCompletionSource();
        var control = new PseudowireControl(host, end, Fallback);
        using QmpServer? server = commandLine.Qmp is { } address ? Written.In($"--qmp {address}", () => new QmpServer(address, control, log)) : null;
        control.Event = server is null ? null : server.SendEvent;
        foreach (PseudowirePlan plan in CommandLinePlans.From(commandLine, Fallback, log))
        {
            end.RequireConnection(plan);
            _ = host.Add(plan);
        }

        if (commandLine.ConfigFiles.Any())
            Load(new Configuration([.. commandLine.ConfigFiles], host, Fallback, log), ready.Task);
        Signals.On(Signals.Usr1, () => PrintStatistics(host));
        using PidFile? pidFile = commandLine.PidFile is { } path ? new PidFile(path) : null;
        host.Start();
        server?.Start();
        foreach (Hosting.Pseudowire pseudowire in host.All)
            Announce(pseudowire, log);
        foreach (string name in descriptors.Unused)
            log.Write(EventLevel.Warning, $"LISTEN_FDNAMES: no front end uses the socket '{name}'; write --frontend stream,server=on,addr.type=fd,addr.str={name}, or give a pseudowire that id");
        Readiness.Tell(commandLine.ReadyDescriptor);
        if (server is not null)
            _ = Task.Run(Rehearsal.RunAsync);
        ready.SetResult();
        end.Wait();
        Readiness.TellStopping();
        host.Stop();
        if (commandLine.Statistics == StatisticsTime.End)
            PrintStatistics(host);
        return 0;
    }

    /// <param name="configuration">What to load, and to reload from then on.</param>
    /// <param name="ready">Nobody may hear that a reload is done before the start is.</param>
    private static void Load(Configuration configuration, Task ready)
    {
        Signals.OnHangUp(() =>
        {
            ready.Wait();
            Readiness.TellReloading();
            configuration.Reload();
            Readiness.TellReloaded();
        });
        configuration.Load();
    }

    private static void PrintStatistics(PseudowireHost host)
    {
        foreach (Hosting.Pseudowire pseudowire in host.All)
            Stderr.Write(pseudowire.DescribeStatistics());
    }

    private static void Announce(Hosting.Pseudowire pseudowire, IEventLog log)
    {
        FrontendOptions frontend = pseudowire.Frontend;
        bool isVhostUser = frontend.Kind == FrontendKind.VhostUser;
        log.Write(EventLevel.Info, $"{pseudowire.Id}: ready; start QEMU with{(isVhostUser ? $" {QemuArguments.SharedMemory} (SIZE as in -m) and" : "")}:");
        Stdout.WriteLine(pseudowire.QemuArguments);
        if (isVhostUser && frontend.Server)
            log.Write(EventLevel.Info, $"{pseudowire.Id}: from QEMU 10.2 on, write reconnect-ms=1000 in place of reconnect=1");
    }
}
