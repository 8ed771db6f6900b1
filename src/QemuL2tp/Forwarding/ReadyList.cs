namespace QemuL2tp.Forwarding;

/// <summary>The directions that have something to do, each once, served in the order in which they came. Links in the directions themselves: nothing is allocated.</summary>
internal sealed class ReadyList
{
    private Direction? _first;
    private Direction? _last;

    /// <summary>How many are on it.</summary>
    public int Count { get; private set; }

    /// <summary>Puts a direction at the end, unless it is on the list.</summary>
    public void Add(Direction direction)
    {
        if (direction.IsListed)
            return;
        direction.IsListed = true;
        direction.Next = null;
        if (_last is null)
            _first = direction;
        else
            _last.Next = direction;
        _last = direction;
        Count++;
    }

    /// <summary>Takes the first one off a list that is not empty.</summary>
    public Direction TakeFirst()
    {
        Direction first = _first!;
        _first = first.Next;
        if (_first is null)
            _last = null;
        first.IsListed = false;
        Count--;
        return first;
    }

    /// <summary>Takes a direction off, if it is on the list.</summary>
    public void Remove(Direction direction)
    {
        for (int left = Count; left > 0; left--)
        {
            Direction other = TakeFirst();
            if (other != direction)
                Add(other);
        }
    }
}
