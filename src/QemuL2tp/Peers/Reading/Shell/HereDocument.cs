namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>Text that a command gets as its input.</summary>
/// <param name="Delimiter">The line that ends it.</param>
/// <param name="IsLiteral">Whether the delimiter is quoted, so that nothing in it is expanded.</param>
/// <param name="StripsTabs">Whether tabs in front of its lines are taken away.</param>
internal sealed record HereDocument(string Delimiter, bool IsLiteral, bool StripsTabs)
{
    public string Body { get; set; } = "";

    /// <summary>Where the body begins.</summary>
    public int Line { get; set; }
}
