namespace QemuL2tp.Hosting.Statistics;

/// <summary>Numbers that are read from one place: a direction, the tunnel, a ring.</summary>
public abstract class NumberGroup
{
    /// <param name="name">Lower case with hyphens, unique.</param>
    /// <param name="meaning">What its numbers are about, a phrase without a full stop.</param>
    private protected NumberGroup(string name, string meaning)
    {
        Name = name;
        Meaning = meaning;
        TextName = name.Replace('-', ' ');
    }

    /// <summary>The object of <c>query-netdev-stats</c> that has its numbers.</summary>
    public string Name { get; }

    /// <summary>What its numbers are about.</summary>
    public string Meaning { get; }

    /// <summary>Its numbers, in their order.</summary>
    public abstract IReadOnlyList<NumberInfo> Numbers { get; }

    /// <summary>Its name in the text.</summary>
    internal string TextName { get; init; }

    /// <summary>Its numbers stand in QMP beside the other groups, not in an object of their own.</summary>
    internal bool IsTopLevel { get; init; }

    /// <summary>There may be several sections, told apart by a <see cref="NumberKind.Label"/>.</summary>
    internal bool IsList { get; init; }

    /// <summary>The text has it even when everything in it is 0.</summary>
    internal bool IsAlwaysInText { get; init; }

    /// <summary>Reads all that the pseudowire has of it now; none: it has no such thing.</summary>
    internal abstract IEnumerable<SnapshotSection> Read(Pseudowire pseudowire);
}

/// <summary>A group whose numbers are read from a <typeparamref name="TSource"/>.</summary>
/// <param name="name">As above.</param>
/// <param name="meaning">As above.</param>
/// <param name="sources">Those that a pseudowire has.</param>
/// <param name="rows">The numbers and how they are read.</param>
internal sealed class NumberGroup<TSource>(string name, string meaning, Func<Pseudowire, IEnumerable<TSource>> sources, params NumberRow<TSource>[] rows) : NumberGroup(name, meaning)
{
    public override IReadOnlyList<NumberInfo> Numbers { get; } = [.. rows.Select(row => row.Info)];

    /// <summary>Reads all of it.</summary>
    public SnapshotSection ReadFrom(TSource source) => new(this, [.. rows.SelectMany(row => row.Read(source))]);

    internal override IEnumerable<SnapshotSection> Read(Pseudowire pseudowire) => sources(pseudowire).Select(ReadFrom);
}

/// <summary>A number and how it is read; no values: it is not known now.</summary>
internal readonly record struct NumberRow<TSource>(NumberInfo Info, Func<TSource, IEnumerable<NumberValue>> Read);
