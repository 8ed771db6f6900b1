namespace QemuL2tp.Options;

/// <summary>
/// Something the user wrote cannot be done. Ends in one line on stderr, the remedy on the next, and exit status 1.
/// <see cref="Exception.Message"/> has all: the first line is <see cref="Problem"/>, the second <see cref="RemedyLine"/>.
/// </summary>
/// <param name="problem">What is wrong, in QEMU's wording where QEMU has one.</param>
/// <param name="remedy">What to write or do instead; null when the problem says it.</param>
public sealed class UserErrorException(string problem, string? remedy = null) : Exception
{
    /// <summary>What is wrong, without the remedy.</summary>
    public string Problem { get; } = problem;

    /// <summary>What to write or do instead; null when <see cref="Problem"/> says it.</summary>
    public string? Remedy { get; } = remedy;

    /// <summary>
    /// The option that it is about, as it is written: a key with all that stands before its dots (<c>addr.path</c>), or an option of the
    /// command line with its dashes (<c>--pid-file</c>). The one that is missing, when that is the problem; of several that do not go together
    /// one that is there. Null: it is about no option.
    /// </summary>
    public string? Option { get; init; }

    /// <summary>The option's value as it is written, of JSON without the quotes; null when it has none, or an object or a list.</summary>
    public string? Value { get; init; }

    /// <summary>Whether there is no such option.</summary>
    internal bool IsUnknownOption { get; init; }

    /// <summary>Whether time may mend it: an address, an interface or a name is not there yet.</summary>
    internal bool IsNotThereYet { get; init; }

    /// <summary>
    /// The remedy, with option and value behind it unless problem and remedy have both among their words: QEMU's wording often
    /// leaves them out, and nothing is said twice. Null when there is nothing to add to the problem.
    /// </summary>
    public string? RemedyLine => Says(Option) && Says(Value) ? Remedy : Remedy is null ? $"({Written})" : $"{Remedy} ({Written})";

    /// <inheritdoc/>
    public override string Message => RemedyLine is { } line ? $"{Problem}\n{line}" : Problem;

    private string Written => Value is null ? $"{Option}" : Option?.StartsWith('-') is false ? $"{Option}={Value}" : $"{Option} {Value}";

    /// <summary>The same error with other words.</summary>
    internal UserErrorException With(string problem, string? remedy) => new(problem, remedy) { Option = Option, Value = Value, IsUnknownOption = IsUnknownOption, IsNotThereYet = IsNotThereYet };

    private bool Says(string? word) => string.IsNullOrEmpty(word) || IsWordOf(Problem, word) || (Remedy is not null && IsWordOf(Remedy, word));

    private static bool IsWordOf(string text, string word)
    {
        for (int at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            if (!IsInWord(text, at - 1) && !IsInWord(text, at + word.Length))
                return true;
        }

        return false;
    }

    private static bool IsInWord(string text, int at) => at >= 0 && at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '-' or '_');
}
