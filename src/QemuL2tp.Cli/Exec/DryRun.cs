using QemuL2tp.Cli.Qmp;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Exec;

/// <summary>Finds what would keep the back end from starting, with its own code, and leaves nothing behind.</summary>
internal static class DryRun
{
    /// <param name="words">Of the back end about its pseudowires: each option with its value.</param>
    /// <param name="options">Those of exec.</param>
    /// <exception cref="UserErrorException">It would not start.</exception>
    public static void Require(IReadOnlyList<string> words, ExecOptions options)
    {
        var log = new StderrLog(options.LogLevel);
        ILookup<string, string> values = words.Chunk(2).ToLookup(pair => pair[0], pair => ByteWords.ToText(pair[1]));
        var commandLine = new RunOptions { Netdevs = values["-netdev"], Nets = values["-net"], Frontends = values["--frontend"] };
        if (options.Qmp is { } text)
            Written.In($"--qmp {text}", () => QmpServer.Require(text));
        PlanCheck.Require(CommandLinePlans.From(commandLine, id => throw new ArgumentException($"no front end for {id}", nameof(words)), log), Environment.GetEnvironmentVariable, log);
        if (options.PidFile is { } file)
            PidFile.Require(file);
    }
}
