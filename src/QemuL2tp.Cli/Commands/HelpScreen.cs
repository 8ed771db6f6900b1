using CommandLine;
using CommandLine.Text;

namespace QemuL2tp.Cli.Commands;

/// <summary>What <c>--help</c>, <c>--version</c> and a wrong command line print.</summary>
internal static class HelpScreen
{
    /// <summary>Of the program.</summary>
    public static string Version => typeof(HelpScreen).Assembly.GetName().Version!.ToString(3);

    /// <returns>0 when help or the version was asked for, else 2.</returns>
    public static int Show(Command command, IEnumerable<Error> errors)
    {
        if (errors.IsVersion())
        {
            Stdout.WriteLine($"qemu-l2tp {Version}");
            return 0;
        }

        if (errors.IsHelp())
        {
            Stdout.WriteLine(command.Help());
            return 0;
        }

        var sentences = SentenceBuilder.Create();
        return WrongUsage(command, [.. errors.Select(error => sentences.FormatError(error).ReplaceLineEndings(" "))]);
    }

    /// <returns>2.</returns>
    public static int WrongUsage(Command command, params string[] messages)
    {
        foreach (string message in messages)
            Stderr.WriteLine($"qemu-l2tp: {message}");
        Stderr.WriteLine($"Try '{command.FullName} --help'; it shows examples.");
        return 2;
    }

    public static string Text<TOptions>(Command<TOptions> command, ParserResult<TOptions> result)
        where TOptions : new()
    {
        HelpText text = HelpText.AutoBuild(
            result,
            help =>
            {
                help.Heading = $"qemu-l2tp {Version}: {(command.Name.Length == 0 ? "" : command.Name + " ")}{command.Summary}";
                help.Copyright = $"Usage: {command.FullName} {command.Usage}";
                help.AdditionalNewLineAfterOption = false;
                help.MaximumDisplayWidth = 120;
                help.AddPostOptionsLines([.. command == CommandTable.Default ? Commands() : [], .. command.Details()]);
                return help;
            },
            example => example);
        return text.ToString().TrimEnd();
    }

    private static IEnumerable<string> Commands() => CommandTable.Named.Length == 0 ? [] :
    [
        "",
        "Commands, each with a --help of its own:",
        .. CommandTable.Named.Select(command => $"  qemu-l2tp {command.Name,-12} {command.Summary}"),
    ];
}
