namespace QemuL2tp.Cli.Config;

/// <summary>A line of a configuration file that is an option.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Column">Where the text begins, in characters from 1.</param>
/// <param name="IsFrontend">Whether it is the text of <c>--frontend</c>, or that of <c>-netdev</c>.</param>
/// <param name="Text">The option's text.</param>
internal sealed record ConfigLine(string File, int Number, int Column, bool IsFrontend, string Text)
{
    /// <summary>In front of the text in messages about it.</summary>
    public string Place => $"{File}:{Number}:";
}
