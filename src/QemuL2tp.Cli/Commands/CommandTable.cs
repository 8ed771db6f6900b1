using QemuL2tp.Cli.Config;
using QemuL2tp.Cli.Documentation;
using QemuL2tp.Cli.Exec;
using QemuL2tp.Cli.PeerConfig;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Commands;

/// <summary>
/// Everything that the program does. To add a command: a class of options, its row here, a table in README.md. To add an option: a
/// property in that class with its help text, its row in the table of README.md. A test compares README.md with both.
/// </summary>
internal static class CommandTable
{
    /// <summary>The command without a name: be a back end.</summary>
    public static Command Default { get; } = new Command<RunOptions>
    {
        Name = "",
        Summary = "carries a QEMU guest's Ethernet frames over an L2TPv3 pseudowire",
        Usage = "-netdev l2tpv3,id=ID,src=ADDRESS,dst=ADDRESS,txsession=N[,...] [--frontend ...] [option...]",
        Details = () => RunHelp.Lines,
        Action = (options, _) => BackEnd.Run(options),
    };

    /// <summary>Be in front of QEMU.</summary>
    public static Command Exec { get; } = new Command<ExecOptions>
    {
        Name = "exec",
        Summary = "runs QEMU, whose l2tpv3 back ends it carries",
        Usage = "[option...] -- qemu-system-x86_64 ... -netdev l2tpv3,... ...",
        Operands = "QEMU's command line",
        Details = () => ExecHelp.Lines,
        Action = ExecCommand.Run,
    };

    /// <summary>Validate configuration files.</summary>
    public static Command Check { get; } = new Command<CheckOptions>
    {
        Name = "check",
        Summary = "validates configuration files: every mistake, with its line and column",
        Usage = "FILE...",
        Operands = "FILE",
        Details = () => ["", "Example:", "  qemu-l2tp check /etc/qemu-l2tp/vm1.conf"],
        Action = Config.Check.Run,
    };

    /// <summary>Configure the other end.</summary>
    public static Command PeerConfig { get; } = new Command<PeerConfigOptions>
    {
        Name = "peer-config",
        Summary = "prints commands or configuration for the other end of a pseudowire",
        Usage = "-netdev l2tpv3,... [-netdev ...] [--for PEER] [--mtu N] [--name NAME], or --from FILE",
        Details = () => PeerConfigHelp.Lines,
        Action = (options, _) => PeerConfigCommand.Run(options),
    };

    /// <summary>Write down what this table says.</summary>
    public static Command Generate { get; } = new Command<GenerateOptions>
    {
        Name = "generate",
        Summary = "prints the manual page, the completion for a shell, or what each number means",
        Usage = GenerateCommand.Kinds,
        Operands = GenerateCommand.Kinds,
        Details = () => GenerateCommand.Details,
        Action = (_, operands) => GenerateCommand.Run(operands),
    };

    /// <summary>Those that are called by their names.</summary>
    public static Command[] Named { get; } = [Exec, Check, PeerConfig, Generate];

    public static Command[] All { get; } = [Default, .. Named];

    /// <summary>The command that a command line means, and the arguments that are left for it.</summary>
    public static (Command Command, string[] Arguments) Find(string[] args) =>
        args.Length > 0 && Array.Find(Named, command => command.Name == args[0]) is { } named ? (named, args[1..]) : (Default, args);

    /// <returns>The name that is nearest to a mistyped one, or null.</returns>
    public static string? Nearest(string word) => NearestName.Find(word, [.. Named.Select(command => command.Name)]);
}
