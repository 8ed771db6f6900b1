using System.Globalization;
using QemuL2tp.Cli.Commands;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.QemuCommandLine;

namespace QemuL2tp.Cli.Exec;

/// <summary>
/// Runs QEMU with its l2tpv3 back ends replaced by ours. This process becomes QEMU, so process ID, signals, exit status and terminal
/// are QEMU's own; our program runs beside it as its child, and both end together.
/// </summary>
internal static class ExecCommand
{
    /// <param name="options">Ours.</param>
    /// <param name="operands">QEMU's command line.</param>
    /// <returns>The exit status, when this process did not become QEMU.</returns>
    /// <exception cref="UserErrorException">What the user wants cannot be done.</exception>
    public static int Run(ExecOptions options, string[] operands)
    {
        if (operands.Length == 0)
            return HelpScreen.WrongUsage(CommandTable.Exec, "no QEMU: write its command line behind --, as in exec -- qemu-system-x86_64 -netdev l2tpv3,...");
        if (FindMisplaced(operands) is { } mistake)
            return HelpScreen.WrongUsage(CommandTable.Exec, mistake);
        try
        {
            return Run(options, (IReadOnlyList<string>)ByteWords.Of(operands));
        }
        catch (NotStartedException e)
        {
            Stderr.WriteLine($"qemu-l2tp: {e.Message}");
            return e.ExitStatus;
        }
    }

    /// <summary>QEMU would refuse a first word that is ours, in words that do not help.</summary>
    private static string? FindMisplaced(string[] operands) => operands.ElementAtOrDefault(1) switch
    {
        "--" => $"-- stands behind QEMU's name: write it in front, as in exec -- {operands[0]} ...",
        // QEMU has a -qmp too.
        { } word when CommandTable.Exec.Options.Any(option => option.Name != "qmp" && word.Split('=')[0] == $"--{option.Name}") =>
            $"{word} is an option of exec: write it in front of QEMU's name, as in exec {word} -- {operands[0]} ...",
        _ => null,
    };

    private static int Run(ExecOptions options, IReadOnlyList<string> words)
    {
        var log = new StderrLog(options.LogLevel);
        if (Plan(options, words, log) is not { } plan)
            return Become(options, words, []);

        List<(int BackEnd, int Qemu)> connections = [.. plan.Pseudowires.Select(one => Connect(one.Choice.Kind))];
        var lifeline = Lifeline.Create();
        int[] ofBackEnd = [.. connections.Select(connection => connection.BackEnd)];
        int[] ofQemu = [.. connections.Select(connection => connection.Qemu)];
        var backEnd = new BackEndProcess([.. plan.BackEnd(ofBackEnd), .. PassedOn(options)], lifeline, ofBackEnd);
        if (options.DryRun)
        {
            DryRun.Require(plan.BackEnd(ofBackEnd), options);
            Print(backEnd.Words);
        }
        else if (!backEnd.Start(leavesStderr: QemuOptions.Has(words, "daemonize")))
            return 1;
        else
            lifeline.Tie();
        return Become(options, plan.Qemu(ofQemu), [.. ofQemu, lifeline.Qemu]);
    }

    /// <returns>Null when there is nothing to do.</returns>
    private static RewritePlan? Plan(ExecOptions options, IReadOnlyList<string> words, StderrLog log)
    {
        List<string> warnings = [];
        RewritePlan plan;
        try
        {
            if (options.DryRun)
                L2tpv3Argument.RequireReadable(words);
            List<L2tpv3Argument> pseudowires = L2tpv3Argument.Find(words);
            if (pseudowires.Count == 0)
                return null;
            plan = new RewritePlan(words, pseudowires, Wish(options), new QemuProgram(words[0]).AskVersion(), warnings);
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException(ByteWords.ToText(e.Problem), e.Remedy is { } remedy ? ByteWords.ToText(remedy) : null)
            {
                Option = e.Option is { } option ? ByteWords.ToText(option) : null,
                Value = e.Value is { } value ? ByteWords.ToText(value) : null,
                IsUnknownOption = e.IsUnknownOption,
            };
        }

        foreach (string warning in warnings)
            log.Write(EventLevel.Warning, ByteWords.ToText(warning));
        foreach ((L2tpv3Argument pseudowire, FrontEndChoice choice) in plan.Pseudowires)
            log.Write(choice.IsOneOptionAway ? EventLevel.Warning : EventLevel.Info, ByteWords.ToText($"{pseudowire.Word} {pseudowire.Text}: {Name(choice.Kind)} takes its place, for {choice.Why}{(choice.Faster is { } faster ? $"; {faster}" : "")}"));
        return plan;
    }

    private static string Name(FrontendKind kind) => kind == FrontendKind.VhostUser ? "vhost-user" : $"a socket ({kind.ToString().ToLowerInvariant()})";

    private static FrontEndWish Wish(ExecOptions options) =>
        Enum.Parse<FrontEndWish>(options.Frontend.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    private static (int BackEnd, int Qemu) Connect(FrontendKind kind)
    {
        if (kind != FrontendKind.VhostUser)
            return Descriptors.NewSocketPair();
        var socket = HiddenSocket.Create();
        return (socket.Listening, socket.File);
    }

    /// <summary>Options that mean the same to the back end.</summary>
    private static IEnumerable<string> PassedOn(ExecOptions options) =>
    [
        "--log-level", options.LogLevel.ToString().ToLowerInvariant(),
        // At the end QEMU has gone, and its terminal is somebody else's.
        .. options.LogLevel >= EventLevel.Info ? Array.Empty<string>() : ["--statistics", "signal"],
        .. options.Qmp is { } qmp ? ["--qmp", ByteWords.From(qmp)] : Array.Empty<string>(),
        .. options.Threads == 1 ? Array.Empty<string>() : ["--threads", options.Threads.ToString(CultureInfo.InvariantCulture)],
        .. options.PidFile is { } file ? ["--pid-file", ByteWords.From(file)] : Array.Empty<string>(),
    ];

    private static int Become(ExecOptions options, IReadOnlyList<string> words, int[] descriptors)
    {
        if (options.DryRun)
        {
            new QemuProgram(words[0]).Require();
            Print(words);
        }
        else
        {
            QemuProgram.Become(words, descriptors);
        }

        return 0;
    }

    private static void Print(IReadOnlyList<string> words) =>
        Stdout.WriteLine(string.Join(' ', words.Select(word => ShellWord.Quote(ByteWords.ToText(word)))));
}
