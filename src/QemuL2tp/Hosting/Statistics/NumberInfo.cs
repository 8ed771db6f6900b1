namespace QemuL2tp.Hosting.Statistics;

/// <summary>How a number behaves.</summary>
public enum NumberKind
{
    /// <summary>Only grows while the pseudowire is open.</summary>
    Counter,

    /// <summary>As it is now.</summary>
    Gauge,

    /// <summary>Tells the sections of a group apart, as the number of a ring does.</summary>
    Label,

    /// <summary>One word of a list, <see cref="NumberInfo.Words"/>.</summary>
    State,

    /// <summary>Words for a person.</summary>
    Text,
}

/// <summary>What a number counts.</summary>
public enum NumberUnit
{
    /// <summary>Not a quantity.</summary>
    None,

    /// <summary>1 for yes, 0 for no.</summary>
    Boolean,

    /// <summary>Ethernet frames.</summary>
    Frames,

    /// <summary>L2TPv3 packets.</summary>
    Packets,

    /// <summary>UDP datagrams.</summary>
    Datagrams,

    /// <summary>What one system call sends or receives: one or several datagrams.</summary>
    Messages,

    /// <summary>Numbers of the received counter.</summary>
    SequenceNumbers,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Errors that the network or the kernel reported.</summary>
    Errors,

    /// <summary>How often something happened.</summary>
    Times,

    /// <summary>Connections of QEMU.</summary>
    Connections,

    /// <summary>Pairs of rings.</summary>
    QueuePairs,

    /// <summary>Entries of a ring.</summary>
    Entries,
}

/// <summary>A word that a state can have.</summary>
/// <param name="Word">Lower case with hyphens, except for the modes of the received counter.</param>
/// <param name="Meaning">What it means.</param>
/// <param name="Remedy">What to do about it; empty: nothing.</param>
public sealed record StateWord(string Word, string Meaning, string Remedy = "")
{
    /// <summary>The same in the text.</summary>
    internal string TextWord { get; init; } = Word.Replace('-', ' ');
}

/// <summary>One number of a pseudowire: its declaration, from which every view and every explanation is made.</summary>
/// <param name="Name">Lower case with hyphens, unique in its group.</param>
/// <param name="Kind">How it behaves.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Meaning">What it means, a phrase without a full stop.</param>
/// <param name="Remedy">What to do when it is not as expected; empty: nothing.</param>
public sealed record NumberInfo(string Name, NumberKind Kind, NumberUnit Unit, string Meaning, string Remedy)
{
    /// <summary>All the words of a <see cref="NumberKind.State"/>.</summary>
    public IReadOnlyList<StateWord> Words { get; internal init; } = [];

    /// <summary>What tells several values of this number apart (<c>reason</c>); null: there is one value.</summary>
    public string? LabelName { get; internal init; }

    /// <summary>Its name in the text.</summary>
    internal string TextName { get; init; } = Name.Replace('-', ' ');

    /// <summary>How it stands in the first line of its group in the text; null: on a line of its own, unless it is 0 or empty.</summary>
    internal string? Headline { get; init; }

    /// <summary>Whether the text has it; false where another number of the text says the same.</summary>
    internal bool IsInText { get; init; } = true;
}
