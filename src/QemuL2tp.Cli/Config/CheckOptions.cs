using CommandLine;

namespace QemuL2tp.Cli.Config;

/// <summary>The command line of <see cref="Check"/>.</summary>
internal sealed class CheckOptions
{
    [Option("config", MetaValue = "FILE", HelpText = "A configuration file, as for the back end; the same as the bare name. Repeatable.")]
    public IEnumerable<string> Files { get; set; } = [];
}
