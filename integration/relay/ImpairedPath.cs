namespace QemuL2tp.Integration.Relay;

/// <summary>
/// One direction of the relay, without sockets and without a clock. What happens to a packet follows from the seed and
/// from its number alone, never from time or from its neighbours.
/// </summary>
internal sealed class ImpairedPath(int seed, Action<byte[]> send)
{
    private readonly Random _random = new(seed);
    private readonly List<Shifted> _shifted = [];
    private readonly PriorityQueue<Held, (TimeSpan At, int Order)> _delayed = new();
    private readonly List<Departure> _departures = [];
    private readonly List<int> _dropped = [];
    private readonly List<int> _duplicated = [];
    private readonly List<Move> _moved = [];
    private readonly List<int> _corrupted = [];
    private readonly List<Departure> _forgotten = [];
    private int _delayedSoFar;

    public Impairment Impairment { get; set; } = Impairment.None;

    public int Arrived { get; private set; }

    /// <summary>When <see cref="Release"/> has something to do; null: not before the next packet.</summary>
    public TimeSpan? Due
    {
        get
        {
            TimeSpan? due = _delayed.TryPeek(out _, out (TimeSpan At, int Order) first) ? first.At : null;
            foreach (Shifted shifted in _shifted)
            {
                due = shifted.At is { } at && !(due < at) ? at : due;
            }

            return due;
        }
    }

    public RelayLog Log => new(Arrived, [.. _departures], [.. _dropped], [.. _duplicated], [.. _moved], [.. _corrupted], [.. _forgotten]);

    /// <summary>A packet arrives.</summary>
    public void Take(ReadOnlySpan<byte> packet, TimeSpan now)
    {
        int number = Arrived++;
        // Always as many draws, so that changing one impairment does not change what the others do.
        bool lost = Draw() < Impairment.Loss;
        bool doubled = Draw() < Impairment.Duplication;
        bool corrupt = Draw() < Impairment.Corruption;
        double bit = Draw();
        (double Move, double Shift, double Jitter) first = (Draw(), Draw(), Draw());
        (double Move, double Shift, double Jitter) second = (Draw(), Draw(), Draw());
        if (lost)
        {
            _dropped.Add(number);
        }
        else
        {
            byte[] bytes = packet.ToArray();
            if (corrupt && bytes.Length > 0)
            {
                int position = (int)(bit * bytes.Length * 8);
                bytes[position / 8] ^= (byte)(1 << (position % 8));
                _corrupted.Add(number);
            }

            Shift(new Held(new Departure(number, IsCopy: false), bytes, JitterOf(first.Jitter)), first.Move, first.Shift, now);
            if (doubled)
            {
                _duplicated.Add(number);
                Shift(new Held(new Departure(number, IsCopy: true), bytes, JitterOf(second.Jitter)), second.Move, second.Shift, now);
            }
        }

        // Also behind a packet that was dropped: no number is overtaken by more than the shift.
        DelayShifted(shifted => shifted.LeavesBehind <= number, now);
        Release(now);
    }

    /// <summary>Lets go of what has waited long enough.</summary>
    public void Release(TimeSpan now)
    {
        DelayShifted(shifted => shifted.At <= now, now);
        while (_delayed.TryPeek(out Held? held, out (TimeSpan At, int Order) first) && first.At <= now)
        {
            _delayed.Dequeue();
            Send(held);
        }
    }

    /// <summary>Lets go of everything: what was moved in the order of the numbers, what was delayed in the order of time.</summary>
    public void Flush()
    {
        while (_delayed.TryDequeue(out Held? held, out _))
        {
            Send(held);
        }

        _shifted.ForEach(shifted => Send(shifted.Held));
        _shifted.Clear();
    }

    /// <summary>Loses everything that is held, as a relay does that is switched off.</summary>
    public void Forget()
    {
        _forgotten.AddRange(_delayed.UnorderedItems.Select(item => item.Element.Departure));
        _forgotten.AddRange(_shifted.Select(shifted => shifted.Held.Departure));
        _delayed.Clear();
        _shifted.Clear();
    }

    private double Draw() => _random.NextDouble();

    private TimeSpan JitterOf(double draw) => Impairment.Delay + (Impairment.Jitter * draw);

    private void Shift(Held held, double move, double distance, TimeSpan now)
    {
        if (move >= Impairment.Reordering)
        {
            Delay(held, now);
            return;
        }

        int shift = 1 + (int)(distance * Impairment.MaximumShift);
        _moved.Add(new Move(held.Departure.Number, held.Departure.IsCopy, shift));
        _shifted.Add(new Shifted(held, held.Departure.Number + shift, now + Impairment.ShiftTime));
    }

    private void DelayShifted(Func<Shifted, bool> condition, TimeSpan now)
    {
        foreach (Shifted shifted in _shifted.Where(condition))
        {
            Delay(shifted.Held, now);
        }

        _shifted.RemoveAll(shifted => condition(shifted));
    }

    private void Delay(Held held, TimeSpan now)
    {
        if (held.Delay == TimeSpan.Zero)
        {
            Send(held);
        }
        else
        {
            _delayed.Enqueue(held, (now + held.Delay, _delayedSoFar++));
        }
    }

    private void Send(Held held)
    {
        _departures.Add(held.Departure);
        send(held.Bytes);
    }

    private sealed record Held(Departure Departure, byte[] Bytes, TimeSpan Delay);

    private sealed record Shifted(Held Held, int LeavesBehind, TimeSpan? At);
}
