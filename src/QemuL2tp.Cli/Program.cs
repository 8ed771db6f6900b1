using CommandLine;
using QemuL2tp.Cli;
using QemuL2tp.Options;

// Start, wait, end. Exit status: 0 done, 1 something cannot be done, 2 the command line is wrong.
using var parser = new Parser(settings =>
{
    settings.HelpWriter = null;
    settings.AllowMultiInstance = true;
    settings.CaseSensitive = true;
    settings.CaseInsensitiveEnumValues = true;
    settings.EnableDashDash = true;
});
string[] arguments = CommandLineArguments.Normalize(args);
try
{
    if (arguments.Contains(BackEndConventions.PrintCapabilities))
    {
        Stdout.WriteLine(BackEndConventions.Capabilities);
        return 0;
    }

    if (CommandLineCheck.FindMistake(arguments) is { } mistake)
        return HelpScreen.WrongUsage(mistake);
    ParserResult<CommandLineOptions> result = parser.ParseArguments<CommandLineOptions>(CommandLineArguments.Separate(arguments));
    return result.MapResult(BackEnd.Run, errors => HelpScreen.Show(result, errors));
}
catch (UserErrorException e)
{
    Stderr.WriteLine($"qemu-l2tp: {e.Message}");
    if (e.Remedy is not null)
        Stderr.WriteLine(e.Remedy);
    return 1;
}
