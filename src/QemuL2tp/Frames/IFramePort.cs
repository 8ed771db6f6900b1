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

    /// <summary>Opens what has to be open and lets <paramref name="loop"/> watch it.</summary>
    void Attach(IEventLoop loop);

    /// <summary>What the link waits for: frames to come, room to send, or neither.</summary>
    void WaitFor(bool readable, bool writable);
}
