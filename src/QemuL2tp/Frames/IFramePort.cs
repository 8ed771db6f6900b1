namespace QemuL2tp.Frames;

/// <summary>One end of the road: QEMU's side or the network's. A source and a sink that share a descriptor.</summary>
public interface IFramePort : IDisposable
{
    IFrameSource Source { get; }

    IFrameSink Sink { get; }

    /// <summary>The source may have frames. Set by the port, cleared by the link when a fill finds no more.</summary>
    bool IsReadable { get; set; }

    /// <summary>The sink may take frames. Set by the port, cleared by the link when the sink was full.</summary>
    bool IsWritable { get; set; }

    /// <summary>Opens what has to be open and lets the loops watch it. They may be the same.</summary>
    /// <param name="sourceLoop">Serves the source, and whatever else the port has to do; pauses the other when that concerns the sink.</param>
    /// <param name="sinkLoop">Serves the sink.</param>
    void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop);

    /// <summary>Whether frames to come are waited for. On the thread of the source.</summary>
    void WaitForFrames(bool isWaiting);

    /// <summary>Whether room in the sink is waited for. On the thread of the sink.</summary>
    void WaitForRoom(bool isWaiting);
}
