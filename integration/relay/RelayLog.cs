namespace QemuL2tp.Integration.Relay;

/// <summary>A packet, or its copy, as it left. Numbers count the packets that arrived, from 0.</summary>
internal readonly record struct Departure(int Number, bool IsCopy);

/// <summary>A packet, or its copy, that waited for the next <paramref name="Shift"/> packets.</summary>
internal readonly record struct Move(int Number, bool IsCopy, int Shift);

/// <summary>All that happened on one path so far. Each list is in the order of events.</summary>
/// <param name="Arrived">How many packets came in; their numbers are 0 to this minus one.</param>
/// <param name="Departures">What went out.</param>
/// <param name="Dropped">Packets that disappeared because of <see cref="Impairment.Loss"/>.</param>
/// <param name="Duplicated">Packets that got a copy.</param>
/// <param name="Moved">Packets and copies that were moved.</param>
/// <param name="Corrupted">Packets with a bit inverted.</param>
/// <param name="Forgotten">What was still held when the relay was restarted.</param>
internal sealed record RelayLog(
    int Arrived,
    IReadOnlyList<Departure> Departures,
    IReadOnlyList<int> Dropped,
    IReadOnlyList<int> Duplicated,
    IReadOnlyList<Move> Moved,
    IReadOnlyList<int> Corrupted,
    IReadOnlyList<Departure> Forgotten);
