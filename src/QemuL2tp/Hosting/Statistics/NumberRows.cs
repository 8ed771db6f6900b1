namespace QemuL2tp.Hosting.Statistics;

/// <summary>Makes rows of the table.</summary>
internal static class NumberRows
{
    public static NumberRow<T> Counter<T>(string name, NumberUnit unit, Func<T, long> read, string meaning, string remedy = "", string? headline = null, string? textName = null)
    {
        NumberInfo info = Named(new NumberInfo(name, NumberKind.Counter, unit, meaning, remedy) { Headline = headline }, textName);
        return new NumberRow<T>(info, source => [new NumberValue(info, read(source))]);
    }

    /// <param name="read">Null: it is not known now.</param>
    public static NumberRow<T> Gauge<T>(string name, NumberUnit unit, Func<T, long?> read, string meaning, string remedy = "", string? headline = null, string? textName = null, bool isInText = true)
    {
        NumberInfo info = Named(new NumberInfo(name, NumberKind.Gauge, unit, meaning, remedy) { Headline = headline, IsInText = isInText }, textName);
        return new NumberRow<T>(info, source => read(source) is { } value ? [new NumberValue(info, value)] : []);
    }

    /// <summary>One number for each drop reason that has occurred.</summary>
    public static NumberRow<T> ByLabel<T>(string name, NumberUnit unit, string label, Func<T, IEnumerable<(string Label, long Value)>> read, string meaning, string remedy, string textName)
    {
        NumberInfo info = Named(new NumberInfo(name, NumberKind.Counter, unit, meaning, remedy) { LabelName = label }, textName);
        return new NumberRow<T>(info, source => read(source).Select(each => new NumberValue(info, each.Value, Label: each.Label)));
    }

    public static NumberRow<T> Label<T>(string name, Func<T, long> read, string meaning, string headline)
    {
        NumberInfo info = new(name, NumberKind.Label, NumberUnit.None, meaning, "") { Headline = headline };
        return new NumberRow<T>(info, source => [new NumberValue(info, read(source))]);
    }

    /// <param name="read">Null: there is none.</param>
    public static NumberRow<T> State<T>(string name, Func<T, string?> read, string meaning, StateWord[] words, string? headline = null)
    {
        NumberInfo info = new(name, NumberKind.State, NumberUnit.None, meaning, "") { Words = words, Headline = headline };
        return new NumberRow<T>(info, source => read(source) is { } word ? [new NumberValue(info, 0, word)] : []);
    }

    /// <param name="read">Null: there is none.</param>
    public static NumberRow<T> Text<T>(string name, Func<T, string?> read, string meaning, string? headline = null, string? textName = null, bool isInText = true, NumberKind kind = NumberKind.Text)
    {
        NumberInfo info = Named(new NumberInfo(name, kind, NumberUnit.None, meaning, "") { Headline = headline, IsInText = isInText }, textName);
        return new NumberRow<T>(info, source => read(source) is { } text ? [new NumberValue(info, 0, text)] : []);
    }

    private static NumberInfo Named(NumberInfo info, string? textName) => textName is null ? info : info with { TextName = textName };
}
