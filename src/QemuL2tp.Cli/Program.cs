using QemuL2tp.Cli;
using QemuL2tp.Cli.Commands;
using QemuL2tp.Options;

// Start, wait, end. Exit status: 0 done, 1 something cannot be done, 2 the command line is wrong.
try
{
    (Command command, string[] arguments) = CommandTable.Find(args);
    arguments = CommandLineArguments.Normalize(command, arguments);
    string? mistake = CommandLineCheck.FindMistake(command, arguments, out int end);
    // Whoever asks for it may pass anything besides: vhost-user.rst says that other options are ignored then.
    if (command == CommandTable.Default && arguments.Contains(BackEndConventions.PrintCapabilities))
    {
        Stdout.WriteLine(BackEndConventions.Capabilities);
        return 0;
    }

    if (mistake is not null)
        return HelpScreen.WrongUsage(command, mistake);
    string[] operands = arguments[end..];
    return command.Run(CommandLineArguments.Separate(arguments[..end]), operands is ["--", ..] ? operands[1..] : operands);
}
catch (UserErrorException e)
{
    Stderr.WriteLine($"qemu-l2tp: {e.Message}");
    return 1;
}
finally
{
    Stderr.Flush();
}
