namespace QemuL2tp.Options;

/// <summary>Typed values of the options that were given, by name; types as in <see cref="L2tpv3OptionTable"/>.</summary>
internal static class OptionValues
{
    /// <summary>The value, or <paramref name="absent"/> when the option was not given.</summary>
    public static T Get<T>(this IReadOnlyDictionary<string, object> values, string name, T absent) =>
        values.TryGetValue(name, out object? value) ? (T)value : absent;

    /// <summary>A number that must be in a range.</summary>
    /// <param name="values">All values.</param>
    /// <param name="name">Which one.</param>
    /// <param name="absent">The default.</param>
    /// <param name="least">Smallest allowed.</param>
    /// <param name="most">Largest allowed.</param>
    /// <param name="meaning">For the remedy: what the number counts, and what a special value means.</param>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static int GetInRange(this IReadOnlyDictionary<string, object> values, string name, uint absent, uint least, uint most, string meaning)
    {
        uint value = values.Get(name, absent);
        return value >= least && value <= most ? (int)value : throw OptionErrors.NotInRange(name, value, least, most, meaning, absent);
    }

    /// <summary>A word of which there are two.</summary>
    /// <returns>Whether it is <paramref name="special"/>; not given means <paramref name="usual"/>.</returns>
    /// <exception cref="UserErrorException">It is a third one.</exception>
    public static bool Is(this IReadOnlyDictionary<string, object> values, string name, string special, string usual)
    {
        string word = values.Get(name, usual);
        return word == special
            || (word == usual ? false : throw OptionErrors.NotAccepted(name, word, $"{special} or {name}={usual}"));
    }
}
