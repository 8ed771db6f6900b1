namespace QemuL2tp.Options;

/// <summary>Something the user wrote cannot be done. Ends in one line on stderr, the remedy on the next, and exit status 1.</summary>
/// <param name="message">In QEMU's wording where QEMU has one.</param>
/// <param name="remedy">What to write or do instead; null when the message says it.</param>
public sealed class UserErrorException(string message, string? remedy = null) : Exception(message)
{
    public string? Remedy { get; } = remedy;
}
