namespace QemuL2tp.EventLoop;

/// <summary>What a worker gives a turn when it has something to do. It is on the worker's <see cref="ReadyList"/> then.</summary>
internal abstract class Runnable
{
    /// <summary>Whether it is on the list, and what is behind it there. The list's own.</summary>
    internal bool IsListed { get; set; }

    /// <inheritdoc cref="IsListed"/>
    internal Runnable? Next { get; set; }

    /// <summary>Does a bounded piece of its work.</summary>
    /// <returns>True when there is more to do at once.</returns>
    public abstract bool RunTurn();
}
