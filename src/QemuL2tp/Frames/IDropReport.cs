using QemuL2tp.EventLoop;

namespace QemuL2tp.Frames;

/// <summary>Says in the log why frames or packets are dropped. On the thread that counts them.</summary>
internal interface IDropReport
{
    /// <summary>Begins with some counters.</summary>
    /// <param name="loop">Wakes it when something is left to say though nothing more is dropped.</param>
    /// <param name="counters">What is counted.</param>
    void Attach(IEventLoop loop, DirectionCounters counters);

    /// <summary>Ends; nothing is called after it.</summary>
    void Detach();

    /// <summary>Called after each turn; costs a comparison while nothing is dropped.</summary>
    void Report();
}
