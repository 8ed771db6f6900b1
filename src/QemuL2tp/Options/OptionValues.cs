namespace QemuL2tp.Options;

/// <summary>The options that were given, by name: typed as in <see cref="L2tpv3OptionTable"/>, and as they were written.</summary>
/// <param name="reader">What they come from.</param>
internal sealed class OptionValues(OptionReader reader)
{
    private readonly Dictionary<string, object> _values = [];

    /// <summary>Every option with its typed value.</summary>
    public IReadOnlyDictionary<string, object> All => _values;

    public object this[string name]
    {
        get => _values[name];
        set => _values[name] = value;
    }

    public bool ContainsKey(string name) => _values.ContainsKey(name);

    /// <summary>The value as the user wrote it.</summary>
    public string? Written(string name) => reader.Written(name);

    /// <summary>The value, or <paramref name="absent"/> when the option was not given.</summary>
    public T Get<T>(string name, T absent) => _values.TryGetValue(name, out object? value) ? (T)value : absent;

    /// <summary>A number that must be in a range.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="absent">The default.</param>
    /// <param name="least">Smallest allowed.</param>
    /// <param name="most">Largest allowed.</param>
    /// <param name="meaning">For the remedy: what the number counts, and what a special value means.</param>
    /// <exception cref="UserErrorException">It is not.</exception>
    public int GetInRange(string name, uint absent, uint least, uint most, string meaning)
    {
        uint value = Get(name, absent);
        return value >= least && value <= most ? (int)value : throw OptionErrors.NotInRange(name, Written(name)!, least, most, meaning, absent);
    }

    /// <summary>A word of which there are two.</summary>
    /// <returns>Whether it is <paramref name="special"/>; not given means <paramref name="usual"/>.</returns>
    /// <exception cref="UserErrorException">It is a third one.</exception>
    public bool Is(string name, string special, string usual)
    {
        string word = Get(name, usual);
        return word == special
            || (word == usual ? false : throw OptionErrors.NotAccepted(name, word, $"{special} or {name}={usual}"));
    }

    /// <inheritdoc cref="OptionReader.Error"/>
    public UserErrorException Error(string name, string problem, string remedy) => reader.Error(name, problem, remedy);
}
