using QemuL2tp.Cli.Commands;
using QemuL2tp.Cli.Config;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using Tmds.Linux;

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
        Stderr.WriteInBackground();
        Stdout.WriteInBackground();
        var log = new StderrLog(commandLine.LogLevel);
        var end = new EndOfRun(commandLine);
        using var giveUp = new CancellationTokenSource();
        _ = end.Ended.ContinueWith(_ => giveUp.Cancel(), TaskScheduler.Default);
        try
        {
            Run(commandLine, end, log, giveUp.Token);
        }
        catch (OperationCanceledException) when (end.Ended.IsCompleted)
        {
            // It was to end before it was ready.
        }

        return 0;
    }

    private static void Run(RunOptions commandLine, EndOfRun end, StderrLog log, CancellationToken giveUp)
    {
        if (commandLine.ReadyDescriptor is { } descriptor)
            InheritedDescriptor.Require("--ready-fd", descriptor);
        end.Watch();
        ListenDescriptors descriptors = ListenDescriptors.Take();
        Written<FrontendOptions> Fallback(string id) => DefaultFrontend.For(id, descriptors);
        using var host = new PseudowireHost(log, commandLine.Threads, descriptors);
        var ready = new TaskCompletionSource();
        var control = new PseudowireControl(host, end, Fallback);
        using QmpServer? server = commandLine.Qmp is { } address ? Written.In($"--qmp {address}", () => new QmpServer(address, control, log)) : null;
        control.Event = server is null ? null : server.SendEvent;
        Signals.On(Signals.Usr1, () => PrintStatistics(host));
        Configuration? configuration = commandLine.ConfigFiles.Any() ? new Configuration([.. commandLine.ConfigFiles], host, Fallback, log, pseudowire => TryAnnounce(pseudowire, log), giveUp) : null;
        if (configuration is not null)
            Signals.OnHangUp(() => Reload(configuration, ready.Task));
        List<PseudowirePlan> plans = CommandLinePlans.From(commandLine, Fallback, log);
        plans.ForEach(end.RequireConnection);
        OpenAll(plans, host, giveUp);
        host.Start();
        configuration?.Load();
        using PidFile? pidFile = commandLine.PidFile is { } path ? new PidFile(path) : null;
        server?.Start();
        foreach (Pseudowire pseudowire in host.All)
            Announce(pseudowire, log);
        if (host.All.Count == 0)
            log.Write(EventLevel.Info, $"ready; there is no pseudowire yet: {(server is null ? "SIGHUP reads the configuration again" : $"netdev_add at {commandLine.Qmp} adds one")}");
        foreach (string name in descriptors.Unused)
            log.Write(EventLevel.Warning, $"LISTEN_FDNAMES: no front end uses the socket '{name}'; write --frontend stream,server=on,addr.type=fd,addr.str={name}, or give a pseudowire that id");
        Stderr.Flush();
        ServiceNotification.Tell(commandLine.ReadyDescriptor);
        if (server is not null)
            _ = Task.Run(Rehearsal.RunAsync);
        ready.SetResult();
        end.Ended.Wait(CancellationToken.None);
        ServiceNotification.TellStopping();
        host.Stop();
        if (commandLine.Statistics == StatisticsTime.End)
            PrintStatistics(host);
    }

    /// <summary>What the command line asks for is there as a whole or not at all. Names are looked up side by side.</summary>
    private static void OpenAll(List<PseudowirePlan> plans, PseudowireHost host, CancellationToken giveUp)
    {
        foreach (Task opening in plans.ConvertAll(plan => host.AddAsync(plan, giveUp)))
            opening.GetAwaiter().GetResult();
    }

    /// <param name="configuration">What to reload.</param>
    /// <param name="ready">Nobody may hear that a reload is done before the start is.</param>
    private static async void Reload(Configuration configuration, Task ready)
    {
        await ready;
        await configuration.ReloadAsync(ServiceNotification.TellReloading, ServiceNotification.TellReloaded);
    }

    private static void PrintStatistics(PseudowireHost host)
    {
        foreach (Pseudowire pseudowire in host.All)
            Stderr.Write(pseudowire.DescribeStatistics());
    }

    /// <summary>While it runs, that nobody can read it is no reason to end.</summary>
    private static void TryAnnounce(Pseudowire pseudowire, IEventLog log)
    {
        try
        {
            Announce(pseudowire, log);
        }
        catch (UserErrorException e)
        {
            log.Write(EventLevel.Error, e.Message);
        }
    }

    private static void Announce(Pseudowire pseudowire, IEventLog log)
    {
        FrontendOptions frontend = pseudowire.Frontend;
        bool isVhostUser = frontend.Kind == FrontendKind.VhostUser;
        log.Write(EventLevel.Info, $"{pseudowire.Id}: ready; start QEMU with{(isVhostUser ? $" {QemuArguments.SharedMemory} (SIZE as in -m) and" : "")}:");
        // On a terminal one explains the other.
        Stderr.Flush();
        Stdout.WriteLine(pseudowire.QemuArguments);
        Stdout.Flush();
        if (isVhostUser && frontend.Server)
            log.Write(EventLevel.Info, $"{pseudowire.Id}: from QEMU 10.2 on, write reconnect-ms=1000 in place of reconnect=1");
    }
}
