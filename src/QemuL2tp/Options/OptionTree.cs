namespace QemuL2tp.Options;

/// <summary>
/// Members of an object in the order given, as read from JSON or from <c>key=value</c> text with dotted keys. A value is a
/// <see cref="string"/>, <see cref="bool"/>, <see cref="ulong"/>, negative <see cref="long"/>, <see cref="double"/>, null,
/// <see cref="OptionList"/> or another tree; in text all leaves are strings.
/// </summary>
internal sealed class OptionTree
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, object?> _values = [];

    /// <summary>Names in the order of their first appearance.</summary>
    public IReadOnlyList<string> Names => _names;

    public bool TryGet(string name, out object? value) => _values.TryGetValue(name, out value);

    /// <summary>Adds or replaces a member.</summary>
    public void Set(string name, object? value)
    {
        if (!_values.ContainsKey(name))
            _names.Add(name);
        _values[name] = value;
    }
}

/// <summary>A list where an option was expected. No option here takes one, so the elements are not kept.</summary>
internal sealed class OptionList
{
    public static readonly OptionList Instance = new();

    private OptionList()
    {
    }
}
