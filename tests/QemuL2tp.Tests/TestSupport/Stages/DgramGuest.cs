using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport.Stages;

/// <summary>A guest behind <c>-netdev dgram</c> with unix sockets.</summary>
internal sealed class DgramGuest : GuestEnd
{
    private readonly DgramPaths _paths = new();
    private DgramQemu? _qemu;

    public DgramGuest(Func<IFrameStage>[] stages)
    {
        Begin();
        Link = new LoopbackLink(_paths.Options, threads: 0, stages: stages);
    }

    public override LoopbackLink Link { get; }

    public override void Begin() => _qemu = _paths.StartQemu();

    public override void Send(byte[] frame) => _qemu!.Send(frame);

    public override void Receive()
    {
        while (_qemu!.HasFrame)
            Received.AddRange(_qemu.Receive());
    }

    public override void End() => _qemu!.Dispose();

    public override void Dispose()
    {
        _qemu?.Dispose();
        Link.Dispose();
        _paths.Dispose();
    }
}
