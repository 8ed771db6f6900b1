using QemuL2tp.EventLoop;
using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A port without a descriptor, which the test makes ready by hand; it counts the turns of the direction that reads it.</summary>
internal sealed class ScriptedPort : IFramePort, IFrameSource, IFrameSink
{
    public IFrameSource Source => this;

    public IFrameSink Sink => this;

    public ReadyFlag Readable { get; } = new();

    public ReadyFlag Writable { get; } = new(isSet: true);

    /// <summary>Turns of the direction that reads it.</summary>
    public int Turns { get; private set; }

    /// <summary>Fills that find nothing and still say that there may be more.</summary>
    public int MoreTimes { get; set; }

    /// <summary>Called in each fill.</summary>
    public Action? Filling { get; set; }

    public bool IsDisposed { get; private set; }

    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
    }

    public bool Fill(FrameBatch batch)
    {
        Filling?.Invoke();
        return MoreTimes-- > 0;
    }

    public void Complete(FrameBatch batch, int done)
    {
    }

    public int Accept(FrameBatch batch) => batch.Count;

    public void WaitForFrames(bool isWaiting)
    {
        Assert.That(IsDisposed, Is.False, "the direction runs though its link is gone");
        Turns++;
    }

    public void WaitForRoom(bool isWaiting)
    {
    }

    public void Dispose() => IsDisposed = true;
}
