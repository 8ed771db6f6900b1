namespace QemuL2tp.EventLoop;

/// <summary>What has something to do, each once, in the order in which it came. Linked through the members themselves: nothing is allocated.</summary>
internal sealed class ReadyList
{
    private Runnable? _first;
    private Runnable? _last;

    /// <summary>How many are on it.</summary>
    public int Count { get; private set; }

    /// <summary>Puts one at the end, unless it is on the list.</summary>
    public void Add(Runnable runnable)
    {
        if (runnable.IsListed)
            return;
        runnable.IsListed = true;
        runnable.Next = null;
        if (_last is null)
            _first = runnable;
        else
            _last.Next = runnable;
        _last = runnable;
        Count++;
    }

    /// <summary>Takes the first one off a list that is not empty.</summary>
    public Runnable TakeFirst()
    {
        Runnable first = _first!;
        _first = first.Next;
        if (_first is null)
            _last = null;
        first.IsListed = false;
        Count--;
        return first;
    }

    /// <summary>Takes one off, if it is on the list.</summary>
    public void Remove(Runnable runnable)
    {
        for (int left = Count; left > 0; left--)
        {
            Runnable other = TakeFirst();
            if (other != runnable)
                Add(other);
        }
    }
}
