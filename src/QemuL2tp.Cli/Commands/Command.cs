using CommandLine;

namespace QemuL2tp.Cli.Commands;

/// <summary>One thing that the program does, with all that its help, the manual page and completion say about it.</summary>
internal abstract class Command
{
    /// <summary>The first word of the command line; empty for the one that needs none.</summary>
    public required string Name { get; init; }

    /// <summary>A phrase that follows the name.</summary>
    public required string Summary { get; init; }

    /// <summary>The command line in short, without the program's name.</summary>
    public required string Usage { get; init; }

    /// <summary>Lines behind the options, such as examples.</summary>
    public Func<IEnumerable<string>> Details { get; init; } = () => [];

    /// <summary>
    /// What the words are that follow the options, or a <c>--</c>; null: there are none. From the first of them on nothing is an
    /// option of ours.
    /// </summary>
    public string? Operands { get; init; }

    /// <summary>In the order in which they are shown.</summary>
    public abstract OptionInfo[] Options { get; }

    /// <summary>The program's name and the command's.</summary>
    public string FullName => Name.Length == 0 ? "qemu-l2tp" : $"qemu-l2tp {Name}";

    /// <param name="arguments">Those behind the command's name, in which there is no mistake, without the operands.</param>
    /// <param name="operands">The words that follow.</param>
    /// <returns>The exit status.</returns>
    public abstract int Run(IEnumerable<string> arguments, string[] operands);

    /// <returns>Help for this command.</returns>
    public abstract string Help();
}

/// <inheritdoc/>
/// <typeparam name="TOptions">Declares the options, by the attributes of the command line library.</typeparam>
internal sealed class Command<TOptions> : Command
    where TOptions : new()
{
    /// <summary>Options and operands to exit status.</summary>
    public required Func<TOptions, string[], int> Action { get; init; }

    public override OptionInfo[] Options { get; } = OptionInfo.Of(typeof(TOptions));

    public override int Run(IEnumerable<string> arguments, string[] operands)
    {
        using Parser parser = NewParser();
        ParserResult<TOptions> result = parser.ParseArguments<TOptions>(arguments);
        return result.MapResult(options => Action(options, operands), errors => HelpScreen.Show(this, errors));
    }

    public override string Help()
    {
        using Parser parser = NewParser();
        return HelpScreen.Text(this, parser.ParseArguments<TOptions>(["--help"]));
    }

    private static Parser NewParser() => new(settings =>
    {
        settings.HelpWriter = null;
        settings.AllowMultiInstance = true;
        settings.CaseSensitive = true;
        settings.CaseInsensitiveEnumValues = true;
    });
}
