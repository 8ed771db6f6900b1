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

    /// <summary>A copy that lacks one member, whose value is <paramref name="value"/>, null when it was not there.</summary>
    public OptionTree Without(string name, out object? value)
    {
        _ = _values.TryGetValue(name, out value);
        var rest = new OptionTree();
        foreach (string other in _names.Where(other => other != name))
            rest.Set(other, _values[other]);
        return rest;
    }

    public bool TryGet(string name, out object? value) => _values.TryGetValue(name, out value);

    /// <summary>Adds or replaces a member.</summary>
    public void Set(string name, object? value)
    {
        if (!_values.ContainsKey(name))
            _names.Add(name);
        _values[name] = value;
    }
}

/// <summary>A list, which no option here takes.</summary>
/// <param name="Elements">Its values.</param>
internal sealed record OptionList(IReadOnlyList<object?> Elements);
