using QemuL2tp.EventLoop;

namespace QemuL2tp.Frames;

/// <summary>One end of the road: QEMU's side or the network's. A source and a sink that share a descriptor.</summary>
internal interface IFramePort : IDisposable
{
    IFrameSource Source { get; }

    IFrameSink Sink { get; }

    /// <summary>What frames pass on their way into the sink, behind all other stages. Asked for once; they belong to the caller where they can be disposed.</summary>
    IReadOnlyList<IFrameStage> SinkStages => [];

    /// <summary>The source may have frames. Set by the port, cleared by the direction when a fill finds no more.</summary>
    ReadyFlag Readable { get; }

    /// <summary>The sink may take frames. Set by the port, cleared by the direction when the sink was full.</summary>
    ReadyFlag Writable { get; }

    /// <summary>Opens what has to be open and lets the loops watch it. They may be the same.</summary>
    /// <param name="sourceLoop">Serves the source.</param>
    /// <param name="sinkLoop">Serves the sink. Whatever else there is to do, the loop of guest to tunnel does, and pauses the other when that is concerned.</param>
    void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop);

    /// <summary>Whether frames to come are waited for. Called after each turn of the direction that reads the source, on its thread.</summary>
    void WaitForFrames(bool isWaiting);

    /// <summary>Whether room in the sink is waited for. Called after each turn of the direction that fills the sink, on its thread.</summary>
    void WaitForRoom(bool isWaiting);
}
