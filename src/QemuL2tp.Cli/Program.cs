using CommandLine;
using QemuL2tp.Cli;

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
if (CommandLineCheck.FindMistake(arguments) is { } mistake)
    return HelpScreen.WrongUsage(mistake);
ParserResult<CommandLineOptions> result = parser.ParseArguments<CommandLineOptions>(CommandLineArguments.Separate(arguments));
return result.MapResult(BackEnd.Run, errors => HelpScreen.Show(result, errors));
