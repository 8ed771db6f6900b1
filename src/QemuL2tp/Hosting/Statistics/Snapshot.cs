namespace QemuL2tp.Hosting.Statistics;

/// <summary>The numbers of a group at one time.</summary>
/// <param name="Group">The group.</param>
/// <param name="Values">What was known, in the order of <see cref="NumberGroup.Numbers"/>.</param>
public sealed record SnapshotSection(NumberGroup Group, IReadOnlyList<NumberValue> Values);

/// <summary>
/// All numbers of a pseudowire, read one after the other at once. The text of SIGUSR1 and <c>query-netdev-stats</c> are views of it. Frames
/// go on meanwhile: numbers of one snapshot may be a few frames apart.
/// </summary>
public sealed class Snapshot
{
    internal Snapshot(string id, IReadOnlyList<SnapshotSection> sections)
    {
        Id = id;
        Sections = sections;
    }

    /// <summary>Every group of numbers that there is, whether a pseudowire has it or not.</summary>
    public static IReadOnlyList<NumberGroup> Groups => NumberTable.Groups;

    /// <summary>Name of the netdev.</summary>
    public string Id { get; }

    /// <summary>What the pseudowire has of each group, in the order of <see cref="Groups"/>; of <c>rings</c> one section for each ring.</summary>
    public IReadOnlyList<SnapshotSection> Sections { get; }

    /// <summary>A quantity, as <c>query-netdev-stats</c> names it.</summary>
    /// <param name="group">Name of the group; of several sections it is the first.</param>
    /// <param name="name">Name of the number.</param>
    /// <param name="label">Which of several values: a drop reason.</param>
    /// <returns>0 where the pseudowire has no such number now.</returns>
    /// <exception cref="ArgumentException">There is no such number at all.</exception>
    public long this[string group, string name, string? label = null] => Find(group, name, label)?.Value ?? 0;

    internal static Snapshot Of(Pseudowire pseudowire) => new(pseudowire.Id, [.. Groups.SelectMany(group => group.Read(pseudowire))]);

    /// <summary>A number, as <c>query-netdev-stats</c> names it.</summary>
    /// <inheritdoc cref="this[string, string, string]"/>
    /// <returns>Null where the pseudowire has no such number now.</returns>
    public NumberValue? Find(string group, string name, string? label = null)
    {
        if (!Groups.Any(each => each.Name == group && each.Numbers.Any(number => number.Name == name)))
            throw new ArgumentException($"there is no number '{name}' in a group '{group}'");
        foreach (NumberValue value in Sections.FirstOrDefault(section => section.Group.Name == group)?.Values ?? [])
        {
            if (value.Number.Name == name && value.Label == label)
                return value;
        }

        return null;
    }
}
