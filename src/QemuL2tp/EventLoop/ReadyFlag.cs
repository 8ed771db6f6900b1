namespace QemuL2tp.EventLoop;

/// <summary>
/// Whether an end of a port may have something to do: its source may have frames, its sink may have room. The port sets it, and
/// that puts the direction which uses this end on its worker's list; the direction clears it when it finds nothing. Only on the
/// thread that serves this end, or while that rests.
/// </summary>
internal sealed class ReadyFlag
{
    private Action? _wake;

    /// <param name="isSet">How it begins.</param>
    public ReadyFlag(bool isSet = false) => IsSet = isSet;

    public bool IsSet { get; private set; }

    public void Set()
    {
        IsSet = true;
        _wake?.Invoke();
    }

    public void Clear() => IsSet = false;

    /// <summary>Names whom each <see cref="Set"/> wakes: the direction that uses this end; null: nobody any more.</summary>
    internal void Wakes(Action? direction) => _wake = direction;
}
