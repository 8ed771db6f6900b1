namespace QemuL2tp.Options;

/// <summary>Something the user wrote cannot be done. Ends in one line on stderr, the remedy on the next, and exit status 1.</summary>
/// <param name="problem">What is wrong, in QEMU's wording where QEMU has one.</param>
/// <param name="remedy">What to write or do instead; null when the problem says it.</param>
public sealed class UserErrorException(string problem, string? remedy = null) : Exception(remedy is null ? problem : $"{problem}\n{remedy}")
{
    /// <summary>What is wrong, without the remedy.</summary>
    public string Problem { get; } = problem;

    /// <summary>What to write or do instead; null when <see cref="Problem"/> says it. <see cref="Exception.Message"/> has both, a line each.</summary>
    public string? Remedy { get; } = remedy;
}
