namespace QemuL2tp.Cli.Documentation;

/// <summary>The command line of <see cref="GenerateCommand"/>, which has an operand and no option.</summary>
internal sealed class GenerateOptions;
