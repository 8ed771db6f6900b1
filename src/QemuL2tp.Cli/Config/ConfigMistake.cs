using QemuL2tp.Options;

namespace QemuL2tp.Cli.Config;

/// <summary>Something in a configuration file that cannot be done.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Line">Number of the line, from 1; 0: the file as a whole.</param>
/// <param name="Column">In characters, from 1.</param>
/// <param name="Message">What is wrong, in QEMU's wording where QEMU has one.</param>
/// <param name="Remedy">What to write instead; null when the message says it.</param>
internal sealed record ConfigMistake(string File, int Line, int Column, string Message, string? Remedy)
{
    public static ConfigMistake In(ConfigLine line, int offset, UserErrorException error) =>
        new(line.File, line.Number, line.Column + offset, error.Problem, error.RemedyLine);

    /// <summary>As compilers write it, so that editors find the place.</summary>
    public override string ToString()
    {
        string place = Line == 0 ? File : $"{File}:{Line}:{Column}";
        return $"{place}: error: {Message}{(Remedy is null ? "" : $"\n  {Remedy}")}";
    }
}
