using QemuL2tp.Cli.Commands;

namespace QemuL2tp.Cli.Documentation;

/// <summary>What the completions of all shells have in common.</summary>
internal static class Completion
{
    /// <summary>The library's own options, which every command has.</summary>
    public static (string Name, string Help)[] LibraryOptions { get; } = [("help", "Show help."), ("version", "Show the version.")];

    /// <summary>The words that follow a command's options, when they can be listed.</summary>
    public static string[] OperandsOf(Command command) => command.Operands is { } words && words.Contains('|') ? words.Split('|') : [];

    /// <summary>The ways to write an option, QEMU's with one dash in front.</summary>
    public static string[] Spellings(string name) =>
        CommandLineArguments.OneDash.Contains("-" + name) ? ["-" + name, "--" + name] : ["--" + name];

    /// <summary>Whether the value is a file name.</summary>
    public static bool TakesFile(OptionInfo option) => option.MetaValue is "FILE" or "PATH";

    /// <summary>Its help up to the end of the first sentence.</summary>
    public static string Brief(string help)
    {
        int end = help.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? help.TrimEnd('.') : help[..end];
    }

    /// <summary>A word of a shell, in single quotes.</summary>
    public static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
