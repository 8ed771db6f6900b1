namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>What a part of a word is for the shell.</summary>
internal enum PartKind
{
    /// <summary>Itself.</summary>
    Literal,

    /// <summary>The value of a variable.</summary>
    Variable,

    /// <summary>What is known only when the script runs.</summary>
    Expansion,
}

/// <summary>A part of a word.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Literal text without its quotes, or an expansion as it is written.</param>
/// <param name="IsQuoted">Whether it is in quotes; what is not is divided at blanks.</param>
/// <param name="Name">Of the variable.</param>
internal sealed record WordPart(PartKind Kind, string Text, bool IsQuoted, string Name = "");
